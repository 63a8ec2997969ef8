/**
 * Finds n words in a row that two texts share, as the authors of GPT-3 searched training data for test data (Brown et al. 2020,
 * appendix C). Case and punctuation do not count.
 */

import { wordsOf } from './words.ts'

/**
 * An index of the n-grams of some texts, as 53-bit hashes: 8 bytes each and the overhead of the set. Memory grows with the texts in the
 * index, not with the texts that are searched. Two different n-grams have equal hashes with a probability of about 10^−16.
 */
export class NgramIndex {
  readonly #n: number
  readonly #hashes = new Set<number>()
  /** The number of texts with fewer than n words: these cannot be found. */
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

  /** The first n words in a row that are in the index; `undefined` if there are none. */
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

/** The hashes of all n words in a row, in order. */
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

/** Two hashes of a word: FNV-1a over UTF-16 units with two seeds, finished as in MurmurHash3. */
function hashWord(word: string): WordHash {
  let low = 0x811c9dc5
  let high = 0xcbf29ce4
  for (let i = 0; i < word.length; i++) {
    low = Math.imul(low ^ word.charCodeAt(i), 0x01000193)
    high = Math.imul(high ^ word.charCodeAt(i), 0x01000193) ^ (high >>> 15)
  }
  return { low: finish(low), high: finish(high) }
}

/** Adds a word to a hash. The order of the words counts. */
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
