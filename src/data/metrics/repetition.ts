/** Measures repetition in a text (Rae et al. 2021, section A1.1): of lines, paragraphs and n-grams of words. */

import { lengthOf } from './characters.ts'

export interface Duplicates {
  /** The number of parts. */
  readonly parts: number
  /** The number of parts that repeat an earlier part. */
  readonly duplicates: number
  /** The number of characters of these repeated parts. */
  readonly characters: number
}

/** Counts the parts that repeat an earlier part. */
export function duplicatesIn(parts: readonly string[]): Duplicates {
  const seen = new Set<string>()
  let duplicates = 0
  let characters = 0
  for (const part of parts) {
    if (seen.has(part)) {
      duplicates++
      characters += lengthOf(part)
    } else seen.add(part)
  }
  return { parts: parts.length, duplicates, characters }
}

/** The n-grams of a text's pieces. Each n-gram has a number; equal n-grams have equal numbers. */
export class Grams {
  /** `#ends[i]`: the number of characters of the pieces before the i-th. */
  readonly #ends: Float64Array
  /** The numbers of the pieces, then of the pairs, the triples, and so on up to the largest n that was needed. */
  readonly #levels: { readonly ids: Int32Array; readonly different: number }[] = []

  constructor(pieces: readonly string[]) {
    const ids = new Int32Array(pieces.length)
    this.#ends = new Float64Array(pieces.length + 1)
    const known = new Map<string, number>()
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i]!
      let id = known.get(piece)
      if (id === undefined) {
        id = known.size
        known.set(piece, id)
      }
      ids[i] = id
      this.#ends[i + 1] = this.#ends[i]! + lengthOf(piece)
    }
    this.#levels.push({ ids, different: known.size })
  }

  /**
   * The number of characters that all occurrences of the most frequent n-gram cover, with the spaces between the pieces. If several
   * n-grams are equally frequent, the first one counts.
   */
  top(n: number): number {
    const { ids, different } = this.#level(n)
    if (ids.length === 0) return 0
    const counts = new Int32Array(different)
    const first = new Int32Array(different)
    let best = 0
    for (let i = ids.length - 1; i >= 0; i--) {
      first[ids[i]!] = i
      counts[ids[i]!]!++
    }
    // Numbers follow the order of first occurrence, so that the first of the most frequent n-grams wins.
    for (let id = 1; id < different; id++) if (counts[id]! > counts[best]!) best = id
    const start = first[best]!
    return (this.#ends[start + n]! - this.#ends[start]! + n - 1) * counts[best]!
  }

  /** The number of characters in n-grams that repeat an earlier one. Characters that two n-grams cover count once. */
  duplicated(n: number): number {
    const { ids, different } = this.#level(n)
    const seen = new Uint8Array(different)
    let characters = 0
    for (let i = 0; i < ids.length; ) {
      const id = ids[i]!
      if (seen[id] === 1) {
        characters += this.#ends[i + n]! - this.#ends[i]!
        i += n
      } else {
        seen[id] = 1
        i++
      }
    }
    return characters
  }

  /** Numbers the n-grams. An n-gram is a pair of numbers: that of the (n − 1)-gram it begins with, and that of its last piece. */
  #level(n: number): { readonly ids: Int32Array; readonly different: number } {
    const pieces = this.#levels[0]!.ids
    while (this.#levels.length < n) {
      const shorter = this.#levels.at(-1)!.ids
      const level = this.#levels.length + 1
      const ids = new Int32Array(Math.max(0, pieces.length - level + 1))
      const known = new Map<number, number>()
      for (let i = 0; i < ids.length; i++) {
        const pair = shorter[i]! * 2 ** 26 + pieces[i + level - 1]!
        let id = known.get(pair)
        if (id === undefined) {
          id = known.size
          known.set(pair, id)
        }
        ids[i] = id
      }
      this.#levels.push({ ids, different: known.size })
    }
    return this.#levels[n - 1]!
  }
}
