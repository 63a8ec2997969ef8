/** One record of JSON to a document, or why it is none. */

import type { Json } from '../../core/json.ts'
import { Document, type Fields, noFields } from '../document.ts'
import { isDeeperThan, type ParsedRecord, parseRecord, type Sources } from '../json/record.ts'

export type JsonLine =
  | {
      readonly document: Document
      readonly hasText: boolean
      /** Whether a field `text` beside the field that is the text was left out. */
      readonly losesText: boolean
    }
  /** What is wrong with the line. */
  | { readonly problem: string }

/** How deep lists and objects of a record can be nested: JSON.stringify, and Python's json, end not far beyond. */
const deepest = 900

/**
 * The text is that of `field`, the id that of `id` where there is one; all else stays beside it as fields. A record
 * without the field has no text: it may be one of pairs or rankings, which are made of other fields.
 */
export function documentOfJson(line: string, field: string): JsonLine {
  let parsed: ParsedRecord
  try {
    // A byte order mark within a file is left of one that another was appended to.
    parsed = parseRecord(line.charCodeAt(0) === 0xfeff ? line.slice(1) : line)
  } catch (error) {
    return { problem: `not JSON: ${(error as Error).message}` }
  }
  const { value, sources } = parsed
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { problem: `not an object but ${inWords(value)}` }
  }
  const record = value as Readonly<Record<string, Json>>
  const text = Object.hasOwn(record, field) ? record[field] : undefined
  if (text !== undefined && typeof text !== 'string') return { problem: `"${field}" is no text but ${inWords(text)}` }
  const fields: Record<string, Json> = {}
  let count = 0
  // Each level takes two characters.
  const mayBeDeep = line.length > 2 * deepest
  for (const [name, each] of Object.entries(record)) {
    // A `text` that is not the document's text would take its place in the shards.
    if (name === field || name === 'text' || name === 'id') continue
    if (mayBeDeep && typeof each === 'object' && isDeeperThan(each, deepest))
      return { problem: `"${name}" is nested more than ${deepest} deep` }
    // Assigning it would set the prototype.
    if (name === '__proto__') Object.defineProperty(fields, name, { ...writable, value: each })
    else fields[name] = each
    count++
  }
  const own: Fields = count === 0 ? noFields : fields
  const document = new Document(text ?? '', idIn(record, sources), own, sources)
  return { document, hasText: text !== undefined, losesText: field !== 'text' && Object.hasOwn(record, 'text') }
}

const writable = { writable: true, enumerable: true, configurable: true }

/** The id of a record as a text: of a number, a list or an object its JSON. `undefined` without one. */
function idIn(record: Readonly<Record<string, Json>>, sources: Sources | undefined): string | undefined {
  const id = Object.hasOwn(record, 'id') ? record.id : undefined
  if (id === undefined || id === null || id === '') return undefined
  return typeof id === 'string' ? id : (sources?.get('id') ?? JSON.stringify(id))
}

function inWords(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'boolean' ? String(value) : `a ${typeof value}`
}
