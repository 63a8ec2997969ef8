/** Hashes the word n-grams (shingles) of a text: near copies share most of them. */

import { unitsOf } from '../units.ts'
import { hasUnspaced, separateWords } from '../words/segment.ts'

const SEPARATOR = 0
const LETTER = 1
const DIGIT = 2
const UNKNOWN = 255

/** The kind of each UTF-16 unit, computed when a unit is first met. */
const kinds = new Uint8Array(65536).fill(UNKNOWN)

function kindOf(code: number): number {
  const known = code < 65536 ? kinds[code]! : UNKNOWN
  if (known !== UNKNOWN) return known
  const character = String.fromCodePoint(code)
  const found = /\p{Nd}/u.test(character)
    ? DIGIT
    : /[\p{L}\p{M}\p{N}\p{S}\p{Co}]/u.test(character) && code > 127
      ? LETTER
      : /[a-zA-Z]/.test(character)
        ? LETTER
        : SEPARATOR
  if (code < 65536) kinds[code] = found
  return found
}

/** A text in lower case and without accents. Words are separated first: accents are parts of letters in Thai and Japanese. */
function simplified(text: string): string {
  return separateWords(text)
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{Mn}+/gu, '')
}

/** The unit that each unit becomes in lower case and without accents, + 1; 0 if it has not been computed yet. */
const simple = new Int32Array(65536)
/** The unit is an accent, and goes. */
const REMOVED = -1
/** The unit becomes several ones, or what it becomes depends on its neighbors. */
const COMPLEX = -2

function simpleOf(unit: number): number {
  const character = String.fromCharCode(unit)
  const isSurrogate = (unit & 0xf800) === 0xd800
  // A sigma at the end of a word has a lower case of its own.
  if (isSurrogate || character === 'Σ' || hasUnspaced(character)) return COMPLEX
  const found = simplified(character)
  if (found === '') return REMOVED
  // Other marks than accents change their order.
  return found.length > 1 || /\p{M}/u.test(found) ? COMPLEX : found.charCodeAt(0) + 1
}

/** Does to units what `simplified` does to their text, and returns their new number; `undefined` if that depends on neighbors. */
function simplifyUnits(codes: Uint16Array, length: number): number | undefined {
  let to = 0
  for (let at = 0; at < length; at++) {
    const code = codes[at]!
    let found = simple[code]!
    if (found === 0) {
      found = simpleOf(code)
      simple[code] = found
    }
    if (found > 0) codes[to++] = found - 1
    else if (found === COMPLEX) return undefined
  }
  return to
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
    const [hashes, shingles] = [this.#words, this.#shingles]
    for (let i = 0; i < count; i++) {
      let hash = size
      for (let k = 0; k < size; k++) {
        hash = Math.imul(hash ^ hashes[i + k]!, 0x9e3779b1)
        hash ^= hash >>> 15
      }
      shingles[i] = mix(hash)
    }
    return shingles.subarray(0, count)
  }

  #hashWords(text: string): number {
    let codes = unitsOf(text)
    let length = simplifyUnits(codes, text.length)
    if (length === undefined) {
      const whole = simplified(text)
      codes = unitsOf(whole)
      length = whole.length
    }
    let words = 0
    let hash = 0x811c9dc5
    let isEmpty = true
    for (let at = 0; at < length; at++) {
      let code = codes[at]!
      let kind = kinds[code]!
      if ((code & 0xfc00) === 0xd800 && at + 1 < length && (codes[at + 1]! & 0xfc00) === 0xdc00) {
        code = ((code & 0x3ff) << 10) + (codes[++at]! & 0x3ff) + 0x10000
        kind = kindOf(code)
      } else if (kind === UNKNOWN) kind = kindOf(code)
      if (kind === SEPARATOR) {
        if (!isEmpty) words = this.#add(mix(hash), words)
        hash = 0x811c9dc5
        isEmpty = true
        continue
      }
      if (kind === DIGIT) {
        // Every number becomes 0: digits, or digits with single marks between them, such as 1,234.5.
        at = lastDigit(codes, at, length)
        if (isMarkOfNumbers(codes[at + 1]!) && isDigit(codes, at + 2, length)) at = lastDigit(codes, at + 2, length)
        code = 48
      }
      hash = Math.imul(hash ^ code, 0x01000193)
      isEmpty = false
    }
    return isEmpty ? words : this.#add(mix(hash), words)
  }

  /** Adds the hash of a word behind `words` others, and returns their number. */
  #add(hash: number, words: number): number {
    if (words === this.#words.length) {
      const larger = new Int32Array(words * 2)
      larger.set(this.#words)
      this.#words = larger
    }
    this.#words[words] = hash
    return words + 1
  }
}

/** Whether a unit can be between the digits of a number: . , ٫ ، */
function isMarkOfNumbers(unit: number): boolean {
  return unit === 0x2e || unit === 0x2c || unit === 0x66b || unit === 0x60c
}

function isDigit(codes: Uint16Array, at: number, length: number): boolean {
  return at < length && kindOf(codes[at]!) === DIGIT
}

/** The position of the last digit in the run of digits at `at`. */
function lastDigit(codes: Uint16Array, at: number, length: number): number {
  while (isDigit(codes, at + 1, length)) at++
  return at
}
