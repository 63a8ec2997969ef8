/** Makes documents of records with the settings of `read`, and counts the records that are not documents. */

import type { Json } from '../../core/values/json.ts'
import { Document } from '../document.ts'
import type { OpenInput } from './formats/format.ts'
import { documentOfJson, type RecordResult } from './json-line.ts'
import { splitText } from './split.ts'

/** The documents of one JSON record at the 1-based `line` of its file. */
export function documentsOfRecord(
  record: string,
  line: number,
  isDamaged: boolean,
  input: OpenInput,
): readonly Document[] {
  const read = documentOfJson(record, input.settings)
  return documentsOf(read, { line, isDamaged, bytes: Buffer.byteLength(record) }, input)
}

/** The place and size of a record in its file. */
export interface RecordPlace {
  /** 1-based. */
  readonly line: number
  /** Whether some of the record's bytes are not UTF-8. */
  readonly isDamaged: boolean
  readonly bytes: number
}

/** The documents of a record that has been read. A record that is not a document is counted as malformed. */
export function documentsOf(
  read: RecordResult,
  { line, isDamaged, bytes }: RecordPlace,
  { file, settings: { split }, notes }: OpenInput,
): readonly Document[] {
  if ('problem' in read) {
    notes.malformed(file, line, read.problem, bytes)
    return []
  }
  if (isDamaged) notes.damaged(file, line)
  const { document } = read
  if (!read.hasText) notes.withoutText(Object.keys(document.fields))
  if (read.losesText) notes.losesText()
  return split === 'files' || !read.hasText ? [document] : pieces(document, split)
}

/** A document for each paragraph or line of a record, with the record's fields; the place of a piece is part of its id. */
function pieces(document: Document, split: 'paragraphs' | 'lines'): Document[] {
  const texts = splitText(document.text, split)
  return texts.map((text, place) => {
    const id = document.id === undefined || texts.length === 1 ? document.id : `${document.id}-${place}`
    return new Document(text, id, document.fields, document.sources)
  })
}

/**
 * The field in which the one record of a file may wrap all others: a list of objects that are not messages, in a record without a text.
 * `undefined` if the record has no such field.
 */
export function listOfRecords({ text, fields }: Document): string | undefined {
  if (text !== '') return undefined
  return Object.entries(fields).find(([, value]) => {
    const first = Array.isArray(value) ? (value[0] as Json | undefined) : undefined
    if (first === undefined || first === null || typeof first !== 'object' || Array.isArray(first)) return false
    return !('role' in first || 'from' in first)
  })?.[0]
}
