/** Hashes the word n-grams (shingles) of a text: near copies share most of them. */

import { standsAlone } from '../overlap/words.ts'

const SEPARATOR = 0
const LETTER = 1
const DIGIT = 2
/** A letter of a script without spaces between words: a word by itself. */
const ALONE = 3

const units = new Uint8Array(65536).fill(255)

function classOf(code: number): number {
  const known = code < 65536 ? units[code]! : 255
  if (known !== 255) return known
  const character = String.fromCodePoint(code)
  const found = /\p{Nd}/u.test(character)
    ? DIGIT
    : standsAlone(character)
      ? ALONE
      : /[\p{L}\p{M}\p{N}\p{S}\p{Co}]/u.test(character) && code > 127
        ? LETTER
        : /[a-zA-Z]/.test(character)
          ? LETTER
          : SEPARATOR
  if (code < 65536) units[code] = found
  return found
}

/** The last step of MurmurHash3: every bit of the result depends on every bit of the input. */
function mix(hash: number): number {
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** Hashes the shingles of one text after the other. Its arrays are reused. */
export class Shingler {
  readonly #size: number
  #words = new Int32Array(4096)
  #shingles = new Int32Array(4096)

  /** `size`: the number of words of a shingle. */
  constructor(size: number) {
    this.#size = size
  }

  /**
   * The hashes of a text's shingles, in an array that the next call overwrites. Words are simplified as in datatrove: lower case, without
   * accents and punctuation, all numbers equal. A text with fewer words than a shingle is one shingle.
   */
  of(text: string): Int32Array {
    const words = this.#hashWords(text)
    const size = Math.min(this.#size, words)
    if (words === 0) return this.#shingles.subarray(0, 0)
    const count = words - size + 1
    if (this.#shingles.length < count) this.#shingles = new Int32Array(count * 2)
    for (let i = 0; i < count; i++) {
      let hash = size
      for (let k = 0; k < size; k++) {
        hash = Math.imul(hash ^ this.#words[i + k]!, 0x9e3779b1)
        hash ^= hash >>> 15
      }
      this.#shingles[i] = mix(hash)
    }
    return this.#shingles.subarray(0, count)
  }

  #hashWords(given: string): number {
    // ASCII needs no decomposition, and is lowered during the walk.
    const text = /[^\0-\x7f]/.test(given)
      ? given
          .toLowerCase()
          .normalize('NFD')
          .replace(/\p{Mn}+/gu, '')
      : given
    let words = 0
    let hash = 0x811c9dc5
    let length = 0
    const end = () => {
      if (words === this.#words.length) {
        const larger = new Int32Array(words * 2)
        larger.set(this.#words)
        this.#words = larger
      }
      this.#words[words++] = mix(hash)
      hash = 0x811c9dc5
      length = 0
    }
    const add = (code: number) => {
      hash = Math.imul(hash ^ code, 0x01000193)
      length++
    }
    for (let at = 0; at < text.length; at++) {
      let code = text.charCodeAt(at)
      if (code >= 0xd800 && code < 0xdc00 && at + 1 < text.length) {
        code = text.codePointAt(at)!
        if (code > 0xffff) at++
      }
      switch (classOf(code)) {
        case LETTER:
          add(code >= 65 && code <= 90 ? code + 32 : code)
          break
        case DIGIT:
          // Every number becomes 0: digits, or digits with single marks between them, such as 1,234.5.
          at = lastDigit(text, at)
          if (/[.,٫،]/.test(text[at + 1] ?? '') && isDigit(text, at + 2)) at = lastDigit(text, at + 2)
          add(48)
          break
        case ALONE:
          if (length > 0) end()
          add(code)
          end()
          break
        default:
          if (length > 0) end()
      }
    }
    if (length > 0) end()
    return words
  }
}

function isDigit(text: string, at: number): boolean {
  return at < text.length && classOf(text.charCodeAt(at)) === DIGIT
}

/** The position of the last digit in the run of digits at `at`. */
function lastDigit(text: string, at: number): number {
  while (isDigit(text, at + 1)) at++
  return at
}
