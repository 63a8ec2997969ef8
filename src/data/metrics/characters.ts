/** Classes of characters, and the counts of one walk over a text. */

// biome-ignore-all lint/suspicious/noControlCharactersInRegex: white space includes control characters

import { unitsOf } from '../units.ts'
import { hasUnspaced } from '../words/segment.ts'

export const SPACE = 1
export const LETTER = 2
export const DIGIT = 4
export const UPPER = 8
/** Letters, marks and numbers: a piece of text with one of them is a word. */
export const WORD = 16
/** Letters of scripts without spaces between words. */
const UNSPACED = 32
const KNOWN = 128

/** The class bits of each UTF-16 unit, computed when a unit is first met. */
const classes = new Uint8Array(65536)
const beyond = new Map<number, number>()

/** The class bits of a character, by its code point. */
export function classOf(code: number): number {
  if (code < 65536) {
    const known = classes[code]!
    if (known !== 0) return known
    const found = classify(code)
    classes[code] = found
    return found
  }
  let found = beyond.get(code)
  if (found === undefined) {
    found = classify(code)
    beyond.set(code, found)
  }
  return found
}

function classify(code: number): number {
  const character = String.fromCodePoint(code)
  let bits = KNOWN
  // White space as in Python's str.split: JavaScript's, without U+FEFF, with U+0085 and the separators U+001C to U+001F.
  if (/[\s\x1c-\x1f\x85]/.test(character) && code !== 0xfeff) bits |= SPACE
  if (/\p{L}/u.test(character)) bits |= LETTER
  if (/\p{Nd}/u.test(character)) bits |= DIGIT
  if (/[\p{Lu}\p{Lt}]/u.test(character)) bits |= UPPER
  if (/[\p{L}\p{M}\p{N}]/u.test(character)) bits |= WORD
  if (hasUnspaced(character)) bits |= UNSPACED
  return bits
}

/** Counts over a text. Lengths are in code points, as in the papers and in Python. */
export interface Counts {
  readonly characters: number
  readonly letters: number
  readonly digits: number
  readonly upper: number
  /** The number of pieces between white space. */
  readonly pieces: number
  /** The number of pieces with at least one letter, mark or number. */
  readonly words: number
  readonly wordCharacters: number
  /** The number of pieces with at least one letter. */
  readonly alphaPieces: number
  /** Whether the text has letters of scripts without spaces between words. */
  readonly isUnspaced: boolean
}

export function countCharacters(text: string): Counts {
  const codes = unitsOf(text)
  const end = text.length
  let pairs = 0
  let letters = 0
  let digits = 0
  let upper = 0
  let pieces = 0
  let words = 0
  let wordCharacters = 0
  let alphaPieces = 0
  let all = 0
  for (let at = 0; at < end; ) {
    // The class bits of the current piece, and its number of characters.
    let seen = 0
    let length = 0
    for (; at < end; at++) {
      const code = codes[at]!
      let bits = classes[code]!
      if (isHigh(code) && isLow(codes[at + 1]!)) {
        bits = classOf(pointOf(code, codes[++at]!))
        pairs++
      } else if (bits === 0) bits = classOf(code)
      if ((bits & SPACE) !== 0) break
      seen |= bits
      length++
      letters += (bits & LETTER) / LETTER
      digits += (bits & DIGIT) / DIGIT
      upper += (bits & UPPER) / UPPER
    }
    // Past the white space that ends the piece.
    at++
    if (length === 0) continue
    pieces++
    all |= seen
    if (seen & LETTER) alphaPieces++
    if (seen & WORD) {
      words++
      wordCharacters += length
    }
  }
  const isUnspaced = (all & UNSPACED) !== 0
  return { characters: end - pairs, letters, digits, upper, pieces, words, wordCharacters, alphaPieces, isUnspaced }
}

function isHigh(code: number): boolean {
  return (code & 0xfc00) === 0xd800
}

function isLow(code: number): boolean {
  return (code & 0xfc00) === 0xdc00
}

/** The code point of a surrogate pair. */
function pointOf(high: number, low: number): number {
  return ((high & 0x3ff) << 10) + (low & 0x3ff) + 0x10000
}

/** The number of code points of a text. */
export function lengthOf(text: string): number {
  let length = text.length
  for (let at = 0; at < text.length - 1; at++) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      length--
      at++
    }
  }
  return length
}
