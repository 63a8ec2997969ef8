/** Classes of characters, and the counts of one walk over a text. */

// biome-ignore-all lint/suspicious/noControlCharactersInRegex: white space includes control characters

export const SPACE = 1
export const LETTER = 2
export const DIGIT = 4
export const UPPER = 8
/** Letters, marks and numbers: a piece of text with one of them is a word. */
export const WORD = 16
const KNOWN = 128

/** The class bits of each UTF-16 unit, computed when a unit is first met. */
const units = new Uint8Array(65536)
const beyond = new Map<number, number>()

/** The class bits of a character, by its code point. */
export function classOf(code: number): number {
  if (code < 65536) {
    const known = units[code]!
    if (known !== 0) return known
    const found = classify(code)
    units[code] = found
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
}

export function countCharacters(text: string): Counts {
  let characters = 0
  let letters = 0
  let digits = 0
  let upper = 0
  let pieces = 0
  let words = 0
  let wordCharacters = 0
  let alphaPieces = 0
  // The class bits of the current piece, and its number of characters.
  let seen = 0
  let length = 0
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 32
    const isPair = code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
    const bits = isPair ? classOf(text.codePointAt(at)!) : classOf(code)
    if (isPair) at++
    characters++
    if ((bits & SPACE) === 0) {
      seen |= bits
      length++
      if (bits & LETTER) letters++
      else if (bits & DIGIT) digits++
      if (bits & UPPER) upper++
    } else if (length > 0) {
      pieces++
      if (seen & LETTER) alphaPieces++
      if (seen & WORD) {
        words++
        wordCharacters += length
      }
      seen = 0
      length = 0
    }
  }
  // The last step was the end of the text, not a character.
  characters--
  return { characters, letters, digits, upper, pieces, words, wordCharacters, alphaPieces }
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
