/**
 * The features of a text for a linear classifier: words and runs of words, hashed to a fixed number of buckets (Weinberger et al. 2009, "Feature
 * Hashing for Large Scale Multitask Learning"), as fastText hashes word n-grams (Joulin et al. 2016).
 */

import { wordsOf } from '../overlap/words.ts'

export interface FeatureSettings {
  /** The longest run of words. */
  readonly ngrams: number
  /** The number of buckets, a power of two. */
  readonly buckets: number
}

/** Buckets and their values. `values` is log(1 + count), divided by the Euclidean norm of all; a text without a word has none. */
export interface Features {
  readonly buckets: readonly number[]
  readonly values: readonly number[]
}

/** Computes the features of one text after the other. Its table of counts is reused. */
export class FeatureHasher {
  readonly #ngrams: number
  readonly #mask: number
  readonly #counts: Uint32Array

  constructor({ ngrams, buckets }: FeatureSettings) {
    this.#ngrams = ngrams
    this.#mask = buckets - 1
    this.#counts = new Uint32Array(buckets)
  }

  of(text: string): Features {
    const hashes = wordsOf(text).map(hashOf)
    const counts = this.#counts
    // In the order of their first occurrence, so that sums over them are the same to the last bit everywhere.
    const buckets: number[] = []
    for (let from = 0; from < hashes.length; from++) {
      let hash = 0
      for (let length = 1; length <= this.#ngrams && from + length <= hashes.length; length++) {
        hash = finish(Math.imul(hash, 0x5bd1e995) ^ hashes[from + length - 1]! ^ length)
        const bucket = hash & this.#mask
        if (counts[bucket]!++ === 0) buckets.push(bucket)
      }
    }
    let squares = 0
    const values = buckets.map((bucket) => {
      const value = Math.log1p(counts[bucket]!)
      counts[bucket] = 0
      squares += value * value
      return value
    })
    const norm = Math.sqrt(squares)
    return { buckets, values: values.map((value) => value / norm) }
  }
}

/** FNV-1a over UTF-16 units, finished as in MurmurHash3. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  return finish(hash)
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
