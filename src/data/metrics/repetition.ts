/** Measures repetition in a text (Rae et al. 2021, section A1.1): of lines, paragraphs and n-grams of words. */

import { lengthOf } from './characters.ts'
import { GramTable } from './gram-table.ts'

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

/** The n-grams of a text's pieces, for the n of Gopher's rules. */
export class Grams {
  readonly #text: string
  readonly #pieces: number

  /** `pieces`: the number of pieces between white space in the text. */
  constructor(text: string, pieces: number) {
    this.#text = text
    this.#pieces = pieces
  }

  /**
   * The number of characters that all occurrences of the most frequent n-gram cover, with the spaces between the pieces. If several
   * n-grams are equally frequent, the first one counts.
   */
  top(n: number): number {
    return this.#pieces < n ? 0 : this.#table().top(n)
  }

  /** The number of characters in n-grams that repeat an earlier one. Characters that two n-grams cover count once. */
  duplicated(n: number): number {
    return this.#pieces < n ? 0 : this.#table().duplicated(n)
  }

  /** All rules look at one document before the next one, so one table serves all documents. */
  #table(): GramTable {
    if (table.text !== this.#text) {
      if (table.isTooLarge(this.#pieces)) table = new GramTable()
      table.load(this.#text, this.#pieces)
    }
    return table
  }
}

let table = new GramTable()
