/** Hashes the words of texts, in order, as fast as a training corpus needs: most texts are read without making a string for each word. */

import { wordsOf } from './words.ts'

/** No table of characters goes beyond these: below, letters of Latin, Greek, Cyrillic and Armenian; above, typographic marks. */
const [lettersEnd, marksStart, marksEnd] = [0x590, 0x2010, 0x2027]

/** The classes of UTF-16 units: a positive number is the unit in lower case. */
const [separator, unknown] = [0, -1]

/** The lower case of a unit that is a word character by itself, `separator`, or `unknown` if its neighbors matter. */
function classOf(unit: number): number {
  const character = String.fromCharCode(unit)
  // The lower case of a capital sigma depends on its place in the word; marks and some letters are composed with their neighbors.
  if (unit >= 0x300 && (character === 'Σ' || /\p{M}/u.test(character))) return unknown
  const simple = character.normalize('NFKC').toLowerCase()
  if (!/[\p{L}\p{M}\p{N}]/u.test(simple)) return separator
  return simple.length === 1 ? simple.charCodeAt(0) : unknown
}

const classes = new Int32Array(marksEnd).fill(unknown)
for (let unit = 0; unit < lettersEnd; unit++) classes[unit] = classOf(unit)
for (let unit = marksStart; unit < marksEnd; unit++) classes[unit] = classOf(unit)

/** The hashes of the words of one text, two of 32 bits for each word. The arrays are reused by the next text. */
export class WordHashes {
  low = new Int32Array(1024)
  high = new Int32Array(1024)
  /** The number of words. */
  length = 0

  /** Reads a text. Its words are those of `wordsOf`. */
  read(text: string): void {
    this.length = 0
    if (this.#readSimple(text)) return
    this.length = 0
    for (const word of wordsOf(text)) {
      let [low, high] = [lowStart, highStart]
      for (let i = 0; i < word.length; i++) {
        low = nextLow(low, word.charCodeAt(i))
        high = nextHigh(high, word.charCodeAt(i))
      }
      this.#push(low, high)
    }
  }

  /** Reads a text of characters whose neighbors do not matter. Returns whether it was one. */
  #readSimple(text: string): boolean {
    let [low, high] = [lowStart, highStart]
    let isInWord = false
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      const found = unit < marksEnd ? classes[unit]! : unknown
      if (found > 0) {
        low = nextLow(low, found)
        high = nextHigh(high, found)
        isInWord = true
      } else if (found === unknown) return false
      else if (isInWord) {
        this.#push(low, high)
        low = lowStart
        high = highStart
        isInWord = false
      }
    }
    if (isInWord) this.#push(low, high)
    return true
  }

  #push(low: number, high: number): void {
    const place = this.length++
    if (place === this.low.length) {
      this.low = doubled(this.low)
      this.high = doubled(this.high)
    }
    this.low[place] = mixed(low)
    this.high[place] = mixed(high)
  }
}

/** The values with room for as many again. */
function doubled(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2)
  larger.set(values)
  return larger
}

const [lowStart, highStart] = [0x811c9dc5 | 0, 0xcbf29ce4 | 0]

/** FNV-1a over UTF-16 units. */
const nextLow = (hash: number, unit: number) => Math.imul(hash ^ unit, 0x01000193)
const nextHigh = (hash: number, unit: number) => Math.imul(hash ^ unit, 0x01000193) ^ (hash >>> 15)

/** The last step of MurmurHash3: every bit of the result depends on every bit of the input. */
export function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** The odd bases of the polynomials in the two lanes. */
const [lowBase, highBase] = [0x5bd1e995, 0x1b873593]

function power(base: number, exponent: number): number {
  let result = 1
  for (let i = 0; i < exponent; i++) result = Math.imul(result, base)
  return result
}

/**
 * The hashes of all n words in a row: polynomials in the hashes of the words, modulo 2^32 in two lanes, which move on by one word in constant
 * time. Two different n-grams have the same 64 bits with a probability of about 10^−19.
 */
export class RollingHash {
  readonly #n: number
  readonly #lowOut: number = 0
  readonly #highOut: number = 0
  low = 0
  high = 0

  /** `n`: infinity for the hash of all words. */
  constructor(n: number) {
    this.#n = n
    if (n === Number.POSITIVE_INFINITY) return
    this.#lowOut = power(lowBase, n)
    this.#highOut = power(highBase, n)
  }

  start(): void {
    this.low = 0
    this.high = 0
  }

  /** Hashes the n words that end at `place`. */
  over(words: WordHashes, place: number): void {
    this.start()
    for (let at = place - this.#n + 1; at <= place; at++) this.#add(words, at)
  }

  /** Adds the word at `place`. Returns whether n words end there. Places are taken in order, from 0. */
  next(words: WordHashes, place: number): boolean {
    const n = this.#n
    this.#add(words, place)
    if (place >= n) {
      this.low = (this.low - Math.imul(words.low[place - n]!, this.#lowOut)) | 0
      this.high = (this.high - Math.imul(words.high[place - n]!, this.#highOut)) | 0
    }
    return place >= n - 1
  }

  #add({ low, high }: WordHashes, place: number): void {
    this.low = (Math.imul(this.low, lowBase) + low[place]!) | 0
    this.high = (Math.imul(this.high, highBase) + high[place]!) | 0
  }
}
