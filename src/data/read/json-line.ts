/** One line of a JSONL file to a document, or why it is none. */

import type { Json } from '../../core/json.ts'
import { Document, type Fields, noFields } from '../document.ts'

export type JsonLine =
  | { readonly document: Document; readonly hasText: boolean }
  /** What is wrong with the line. */
  | { readonly problem: string }

/**
 * The text is that of `field`, the id that of `id` where there is one; all else stays beside it as fields. A record
 * without the field has no text: it may be one of pairs or rankings, which are made of other fields.
 */
export function documentOfJson(line: string, field: string): JsonLine {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    return { problem: `not JSON: ${(error as Error).message}` }
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { problem: `not an object but ${inWords(value)}` }
  }
  const record = value as Record<string, Json>
  const text = Object.hasOwn(record, field) ? record[field] : undefined
  if (text !== undefined && typeof text !== 'string') return { problem: `"${field}" is no text but ${inWords(text)}` }
  const { id, ...others } = record
  const fields: Record<string, Json> = {}
  let count = 0
  for (const [name, each] of Object.entries(others)) {
    // A `text` that is not the document's text would take its place in the shards.
    if (name === field || name === 'text') continue
    fields[name] = each
    count++
  }
  const ownId = typeof id === 'string' ? id : typeof id === 'number' ? String(id) : undefined
  const own: Fields = count === 0 ? noFields : fields
  return { document: new Document(text ?? '', ownId, own), hasText: text !== undefined }
}

function inWords(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'boolean' ? String(value) : `a ${typeof value}`
}
