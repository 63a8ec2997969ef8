/** How much of a text repeats itself (Rae et al. 2021, section A1.1): lines, paragraphs, n-grams of words. */

import { lengthOf } from './characters.ts'

export interface Duplicates {
  /** How many parts there are, and how many stand after an equal one. */
  readonly parts: number
  readonly duplicates: number
  /** Characters of those that stand after an equal one. */
  readonly characters: number
}

/** Parts that were there before. */
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

/** The n-grams of a text's pieces, each known by a number: equal n-grams have equal numbers. */
export class Grams {
  /** `#ends[i]`: characters of the pieces before the i-th. */
  readonly #ends: Float64Array
  /** The numbers of the pieces; then of pairs, of triples, … as far as they were asked for. */
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

  /** Characters, spaces between the pieces counted, of all places of the most frequent n-gram; of several the first. */
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
    // Numbers are given in the order n-grams are met, so that the first of the most frequent wins.
    for (let id = 1; id < different; id++) if (counts[id]! > counts[best]!) best = id
    const start = first[best]!
    return (this.#ends[start + n]! - this.#ends[start]! + n - 1) * counts[best]!
  }

  /** Characters of n-grams that were there before; what one covers is not counted again with the next. */
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

  /** An n-gram is the n-gram shorter by one, and a piece: a pair of numbers. */
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
