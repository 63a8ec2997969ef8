/** A document on its way through a pass: its text, the fields beside it, and what was worked out about it so far. */

import type { Json } from '../core/json.ts'
import { sha256 } from '../core/sha256.ts'
import type { Sources } from './json/record.ts'
import { Page } from './metrics/page.ts'

export type Fields = Readonly<Record<string, Json>>

export const noFields: Fields = {}

export class Document {
  /** Its own id, from the file it came from or the pass before; else `idOf` gives one when it is written. */
  readonly id: string | undefined
  readonly fields: Fields
  /** The source texts of fields that JSON.stringify would not give back: `1234567890123456789`. */
  readonly sources: Sources | undefined
  #text: string
  #page: Page | undefined

  constructor(text: string, id?: string, fields: Fields = noFields, sources?: Sources) {
    this.#text = text
    this.id = id
    this.fields = fields
    this.sources = sources
  }

  get text(): string {
    return this.#text
  }

  /** The text to measure; what one rule has counted the next need not count again. */
  get page(): Page {
    this.#page ??= new Page(this.#text)
    return this.#page
  }

  replaceText(text: string): void {
    if (text === this.#text) return
    this.#text = text
    this.#page = undefined
  }
}

/**
 * The id of a document that brought none: 64 bits of the SHA-256 of its text and fields. It names content and not a place, so
 * that a change elsewhere in the corpus, or in how its files are called, changes no other document.
 */
export function idOf({ id, text, fields, sources }: Document): string {
  if (id !== undefined) return id
  const content = fields === noFields ? text : `${text}\0${jsonOf(fields, sources)}`
  return sha256(content).slice(0, 16)
}

/** The JSON of fields, in their source texts where there are some. */
export function jsonOf(fields: Fields, sources: Sources | undefined): string {
  if (sources === undefined) return JSON.stringify(fields)
  const members = Object.entries(fields).map(
    ([name, value]) => `${JSON.stringify(name)}:${sources.get(name) ?? JSON.stringify(value)}`,
  )
  return `{${members.join(',')}}`
}
