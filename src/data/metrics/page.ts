/** A text as metrics see it. Each view of it is computed on first use, and shared by all metrics. */

// biome-ignore-all lint/suspicious/noControlCharactersInRegex: Python's line ends include control characters

import type { Document } from '../document.ts'
import { type Counts, countCharacters } from './characters.ts'
import { type Duplicates, duplicatesIn, Grams } from './repetition.ts'

export class Page {
  readonly text: string
  /** The document of the text; `undefined` for an answer of a model. */
  readonly document: Document | undefined
  #counts: Counts | undefined
  #lines: readonly string[] | undefined
  #written: readonly string[] | undefined
  #pieces: readonly string[] | undefined
  #grams: Grams | undefined
  #lineDuplicates: Duplicates | undefined
  #writtenDuplicates: Duplicates | undefined
  #paragraphDuplicates: Duplicates | undefined

  constructor(text: string, document?: Document) {
    this.text = text
    this.document = document
  }

  get counts(): Counts {
    this.#counts ??= countCharacters(this.text)
    return this.#counts
  }

  /** The lines as Python's str.splitlines gives them, blank ones included. */
  get lines(): readonly string[] {
    this.#lines ??= splitLines(this.text)
    return this.#lines
  }

  /** The lines between \n that are not blank. */
  get writtenLines(): readonly string[] {
    this.#written ??= this.text.split('\n').filter((line) => line.trim() !== '')
    return this.#written
  }

  /** The pieces between white space. */
  get pieces(): readonly string[] {
    this.#pieces ??= piecesOf(this.text)
    return this.#pieces
  }

  get grams(): Grams {
    this.#grams ??= new Grams(this.pieces)
    return this.#grams
  }

  get lineDuplicates(): Duplicates {
    this.#lineDuplicates ??= duplicatesIn(this.text.split(/\n+/))
    return this.#lineDuplicates
  }

  get writtenLineDuplicates(): Duplicates {
    this.#writtenDuplicates ??= duplicatesIn(this.writtenLines)
    return this.#writtenDuplicates
  }

  get paragraphDuplicates(): Duplicates {
    this.#paragraphDuplicates ??= duplicatesIn(this.text.trim().split(/\n{2,}/))
    return this.#paragraphDuplicates
  }
}

export function splitLines(text: string): string[] {
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

export function piecesOf(text: string): string[] {
  const pieces = text.split(/[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/)
  if (pieces[0] === '') pieces.shift()
  if (pieces.at(-1) === '') pieces.pop()
  return pieces
}
