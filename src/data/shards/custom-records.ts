/** Checks the records that custom stages return before they are written to an artefact. */

import type { JsonObject } from '../../core/values/json.ts'
import { type ExampleKind, stems } from '../conversations/examples.ts'
import { Document, idOf } from '../document.ts'
import { lineOf } from './shards.ts'

/** The line of a record in a shard of its kind. If the record does not fit, `expected` describes a right one: `a document: {"text": "…"}`. */
export function takenLine(
  record: unknown,
  kind: 'Docs' | ExampleKind,
): { readonly line: string } | { readonly expected: string } {
  if (record === null || typeof record !== 'object' || Array.isArray(record)) return { expected: 'a JSON object' }
  return kind === 'Docs' ? documentLine(record as JsonObject) : exampleLine(record as JsonObject, kind)
}

function documentLine({ id, text, ...fields }: JsonObject) {
  if (typeof text !== 'string') return { expected: 'a document: {"text": "…"}' }
  return { line: lineOf(new Document(text, typeof id === 'string' ? id : undefined, fields as Document['fields'])) }
}

function exampleLine(record: JsonObject, kind: ExampleKind) {
  const isList = (value: unknown) => Array.isArray(value)
  const lacks =
    !isList(record.messages) ||
    (kind === 'Rankings' && !(isList(record.responses) && isList(record.ranks))) ||
    (kind === 'Answers' && !isList(record.responses))
  if (lacks) return { expected: `one of ${stems[kind]}` }
  const id = typeof record.id === 'string' ? record.id : idOf(new Document(JSON.stringify(record)))
  return { line: JSON.stringify({ ...record, id }) }
}
