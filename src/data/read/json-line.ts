/** Makes a document of one JSON record, or reports why the record is not a document. */

import type { Json } from '../../core/values/json.ts'
import { Document, type Fields, noFields } from '../document.ts'
import { isDeeperThan, type ParsedRecord, parseRecord, type Sources } from '../json/record.ts'

export interface ReadRecord {
  readonly document: Document
  readonly hasText: boolean
  /** Whether the record has a field `text` that was dropped, because another field is the text. */
  readonly losesText: boolean
}

/** A record, or why it is not a document. */
export type RecordResult = ReadRecord | { readonly problem: string }

/** The deepest nesting of lists and objects in a record. JSON.stringify and Python's json fail at little more. */
const maxDepth = 900

/** Which members of a record a document has. */
export interface RecordFields {
  /** The field that is the text. */
  readonly field: string
  /** The other fields that a document keeps; `undefined` for all. The id is always kept. */
  readonly keeps?: ReadonlySet<string> | undefined
}

/**
 * The document of a line: `field` is its text, `id` its id, and the other members are its fields. A record without `field` is a document
 * with an empty text: prompts or rankings may be made of its other fields.
 */
export function documentOfJson(line: string, kept: RecordFields): RecordResult {
  let parsed: ParsedRecord
  try {
    // A byte order mark inside of a file is a remainder of concatenated files.
    parsed = parseRecord(line.charCodeAt(0) === 0xfeff ? line.slice(1) : line)
  } catch (error) {
    const { message } = error as Error
    return { problem: `not JSON: ${mistakeIn(line, message) ?? message}` }
  }
  const { value, sources } = parsed
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { problem: `not an object but ${inWords(value)}` }
  }
  // Each level of nesting takes at least two characters.
  return documentOf(value as Readonly<Record<string, Json>>, kept, sources, line.length > 2 * maxDepth)
}

/** The mistakes that other tools make most often, in words; `undefined` for others. `error`: the message of V8. */
function mistakeIn(line: string, error: string): string | undefined {
  if (line.includes('\0'))
    return 'it has bytes that are 0: a crash can leave them, and text in UTF-16 has them in each line'
  if (/^\s*\{\s*$/.test(line)) return 'the record goes on in the next line. `format: json` reads it'
  const number = /[:,[]\s*(NaN|-?Infinity)\s*[,}\]]/.exec(line)?.[1]
  if (number !== undefined && /token '[NI]'|after minus sign/.test(error))
    return `${number} is not a number in JSON. Python's json writes it; let it write null`
  const end = /after JSON at position (\d+)/.exec(error)?.[1]
  const next = end === undefined ? undefined : line[Number(end)]
  if (next === '{') return 'several records are in one line. `format: json` reads them'
  if (next === ',') return 'a comma follows the record. `format: json` reads lists of records'
  return undefined
}

/** The document of a record whose values have been read. `mayBeDeep`: whether to check how deep its fields are nested. */
export function documentOf(
  record: Readonly<Record<string, Json>>,
  { field, keeps }: RecordFields,
  sources?: Sources,
  mayBeDeep = false,
): RecordResult {
  const text = Object.hasOwn(record, field) ? record[field] : undefined
  if (text !== undefined && typeof text !== 'string')
    return { problem: `"${field}" is not a text but ${inWords(text)}` }
  const fields: Record<string, Json> = {}
  let count = 0
  for (const [name, each] of Object.entries(record)) {
    // In a shard, a field `text` would replace the document's text.
    if (name === field || name === 'text' || name === 'id') continue
    if (keeps !== undefined && !keeps.has(name)) continue
    if (mayBeDeep && typeof each === 'object' && isDeeperThan(each, maxDepth))
      return { problem: `"${name}" is nested more than ${maxDepth} deep` }
    // An assignment would set the prototype.
    if (name === '__proto__') Object.defineProperty(fields, name, { ...writable, value: each })
    else fields[name] = each
    count++
  }
  const own: Fields = count === 0 ? noFields : fields
  const document = new Document(text ?? '', idIn(record, sources), own, sources)
  return {
    document,
    hasText: text !== undefined,
    losesText: field !== 'text' && keeps === undefined && Object.hasOwn(record, 'text'),
  }
}

const writable = { writable: true, enumerable: true, configurable: true }

/** The id of a record as a text; the JSON of an id that is a number, a list or an object. `undefined` if the record has no id. */
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
