/** A document in a pass: its text, its other fields, and the metrics computed so far. */

import type { Json } from '../core/values/json.ts'
import { sha256 } from '../core/values/sha256.ts'
import type { Sources } from './json/record.ts'
import { Page } from './metrics/page.ts'

export type Fields = Readonly<Record<string, Json>>

export const noFields: Fields = {}

export class Document {
  /** The id that the document has in its file or from an earlier pass; `undefined` if `idOf` derives one when the document is written. */
  readonly id: string | undefined
  #fields: Fields
  #sources: Sources | undefined
  #text: string
  #page: Page | undefined

  constructor(text: string, id?: string, fields: Fields = noFields, sources?: Sources) {
    this.#text = text
    this.id = id
    this.#fields = fields
    this.#sources = sources
  }

  get fields(): Fields {
    return this.#fields
  }

  /** The source texts of fields whose numbers JSON.stringify would change: `1234567890123456789`. */
  get sources(): Sources | undefined {
    return this.#sources
  }

  get text(): string {
    return this.#text
  }

  /** The text as metrics see it. All rules share one page, so that each metric is computed once. */
  get page(): Page {
    this.#page ??= new Page(this.#text, this)
    return this.#page
  }

  /** Removes the fields that are not in `kept`. */
  keepFields(kept: ReadonlySet<string>): void {
    const left = Object.entries(this.#fields).filter(([name]) => kept.has(name))
    this.#fields = left.length === 0 ? noFields : Object.fromEntries(left)
  }

  /** Adds fields. They replace fields of the same names. */
  addFields(added: Fields): void {
    this.#fields = { ...this.#fields, ...added }
    if (this.#sources === undefined) return
    const left = [...this.#sources].filter(([name]) => !Object.hasOwn(added, name))
    this.#sources = left.length === 0 ? undefined : new Map(left)
  }

  replaceText(text: string): void {
    if (text === this.#text) return
    this.#text = text
    this.#page = undefined
  }
}

/**
 * The id of a document: its own, or else 64 bits of the SHA-256 of its text and fields. An id that depends on content only stays the
 * same when files are renamed or other documents change.
 */
export function idOf({ id, text, fields, sources }: Document): string {
  if (id !== undefined) return id
  const content = fields === noFields ? text : `${text}\0${jsonOf(fields, sources)}`
  return sha256(content).slice(0, 16)
}

/** The fields as JSON; members that have a source text are written as they were read. */
export function jsonOf(fields: Fields, sources: Sources | undefined): string {
  if (sources === undefined) return JSON.stringify(fields)
  const members = Object.entries(fields).map(
    ([name, value]) => `${JSON.stringify(name)}:${sources.get(name) ?? JSON.stringify(value)}`,
  )
  return `{${members.join(',')}}`
}
