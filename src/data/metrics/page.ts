/** A text as metrics see it. Each view of it is computed on first use, and shared by all metrics. */

// biome-ignore-all lint/suspicious/noControlCharactersInRegex: Python's line ends include control characters

import type { Document } from '../document.ts'
import { separateWords } from '../words/segment.ts'
import { type Counts, countCharacters } from './characters.ts'
import { type Duplicates, duplicatesIn, Grams } from './repetition.ts'

export class Page {
  readonly text: string
  /** The document of the text; `undefined` for an answer of a model. */
  readonly document: Document | undefined
  #counts: Counts | undefined
  #separated: string | undefined
  #lines: readonly string[] | undefined
  #written: readonly string[] | undefined
  #grams: Grams | undefined
  #lineDuplicates: Duplicates | undefined
  #writtenDuplicates: Duplicates | undefined
  #paragraphDuplicates: Duplicates | undefined

  constructor(text: string, document?: Document) {
    this.text = text
    this.document = document
  }

  get counts(): Counts {
    this.#counts ??= this.#count()
    return this.#counts
  }

  #count(): Counts {
    const counts = countCharacters(this.text)
    if (!counts.isUnspaced) return counts
    this.#separated = separateWords(this.text)
    const { pieces, words, wordCharacters, alphaPieces } = countCharacters(this.#separated)
    return { ...counts, pieces, words, wordCharacters, alphaPieces }
  }

  /** The text with spaces between the words of scripts that have none. */
  get withSpaces(): string {
    // Looking at the counts is faster than looking for such scripts again.
    this.#separated ??= this.counts.isUnspaced ? separateWords(this.text) : this.text
    return this.#separated
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

  /** The n-grams of the pieces between white space; in scripts without spaces, of words. */
  get grams(): Grams {
    this.#grams ??= new Grams(this.withSpaces, this.counts.pieces)
    return this.#grams
  }

  get lineDuplicates(): Duplicates {
    this.#lineDuplicates ??= duplicatesIn(splitAtLineFeeds(this.text))
    return this.#lineDuplicates
  }

  get writtenLineDuplicates(): Duplicates {
    this.#writtenDuplicates ??= duplicatesIn(this.writtenLines)
    return this.#writtenDuplicates
  }

  get paragraphDuplicates(): Duplicates {
    this.#paragraphDuplicates ??= duplicatesIn(splitParagraphs(this.text.trim()))
    return this.#paragraphDuplicates
  }
}

/** The parts of a text between runs of \n, as Python's re.split has them: an empty one before a run at the beginning, and behind one at the end. */
function splitAtLineFeeds(text: string): string[] {
  const lines = text.split('\n')
  return lines.filter((line, i) => line !== '' || i === 0 || i === lines.length - 1)
}

/** The parts of a trimmed text between runs of two or more \n. */
function splitParagraphs(text: string): string[] {
  if (text === '') return ['']
  // A run of an odd length leaves one \n.
  const parts = text.split('\n\n').map((part) => (part.startsWith('\n') ? part.slice(1) : part))
  return parts.filter((part) => part !== '')
}

export function splitLines(text: string): string[] {
  const lines = /[\r\v\f\x1c-\x1e\x85\u2028\u2029]/.test(text)
    ? text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/)
    : text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}
