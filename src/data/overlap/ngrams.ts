/**
 * Overlap of n words in a row, as GPT-3's authors looked for test data in training data (Brown et al. 2020, appendix C):
 * words are compared without case and punctuation.
 */

import { wordsOf } from './words.ts'

/**
 * The n-grams of some texts, held as 53-bit hashes: 8 bytes and the set's overhead each, so that memory grows with the
 * texts looked for and not with those looked at. Two different n-grams meet by chance once in some 10^16 comparisons.
 */
export class NgramIndex {
  readonly #n: number
  readonly #hashes = new Set<number>()
  /** Texts of fewer words than n, which nothing can be compared with. */
  short = 0

  constructor(n: number) {
    this.#n = n
  }

  get size(): number {
    return this.#hashes.size
  }

  add(text: string): void {
    const words = wordsOf(text)
    if (words.length < this.#n) this.short++
    for (const hash of hashes(words, this.#n)) this.#hashes.add(hash)
  }

  /** The first n words in a row of a text that are in the index. */
  find(text: string): string | undefined {
    const words = wordsOf(text)
    let at = 0
    for (const hash of hashes(words, this.#n)) {
      if (this.#hashes.has(hash)) return words.slice(at, at + this.#n).join(' ')
      at++
    }
    return undefined
  }
}

/** The hash of each n words in a row. */
function* hashes(words: readonly string[], n: number): Generator<number> {
  const own = words.map(hashWord)
  for (let end = n; end <= own.length; end++) {
    let low = 0x9e3779b9
    let high = 0x85ebca6b
    for (let i = end - n; i < end; i++) {
      low = mix(low, own[i]!.low)
      high = mix(high, own[i]!.high)
    }
    yield (high & 0x1fffff) * 2 ** 32 + (low >>> 0)
  }
}

interface WordHash {
  readonly low: number
  readonly high: number
}

/** FNV-1a over UTF-16 units from two beginnings, each finished as in MurmurHash3. */
function hashWord(word: string): WordHash {
  let low = 0x811c9dc5
  let high = 0xcbf29ce4
  for (let i = 0; i < word.length; i++) {
    low = Math.imul(low ^ word.charCodeAt(i), 0x01000193)
    high = Math.imul(high ^ word.charCodeAt(i), 0x01000193) ^ (high >>> 15)
  }
  return { low: finish(low), high: finish(high) }
}

/** Takes a word into a hash, so that the order of the words counts. */
function mix(hash: number, word: number): number {
  return finish(Math.imul(hash, 0x5bd1e995) ^ word)
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
