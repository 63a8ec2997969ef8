/** Records of JSON to documents, as the settings of `read` say. */

import { Document } from '../document.ts'
import type { OpenInput } from './formats/format.ts'
import { documentOfJson } from './json-line.ts'
import { splitText } from './split.ts'

/** The documents of one record. A record that is not a document is counted as malformed, at the 1-based `line` of its file. */
export function documentsOfRecord(
  record: string,
  line: number,
  isDamaged: boolean,
  { file, settings: { split, field }, notes }: Pick<OpenInput, 'file' | 'settings' | 'notes'>,
): readonly Document[] {
  const read = documentOfJson(record, field)
  if ('problem' in read) {
    notes.malformed(file, line, read.problem, Buffer.byteLength(record))
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
