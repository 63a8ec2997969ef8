/** A document on its way through a pass: its text, the fields beside it, and what was worked out about it so far. */

import { hash } from 'node:crypto'
import type { Json } from '../core/json.ts'
import { Page } from './metrics/page.ts'

export type Fields = Readonly<Record<string, Json>>

export const noFields: Fields = {}

export class Document {
  /** Its own id, from the file it came from or the pass before; else `idOf` gives one when it is written. */
  readonly id: string | undefined
  readonly fields: Fields
  #text: string
  #page: Page | undefined

  constructor(text: string, id?: string, fields: Fields = noFields) {
    this.#text = text
    this.id = id
    this.fields = fields
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
export function idOf({ id, text, fields }: Document): string {
  if (id !== undefined) return id
  const content = fields === noFields ? text : `${text}\0${JSON.stringify(fields)}`
  return hash('sha256', content, 'hex').slice(0, 16)
}
