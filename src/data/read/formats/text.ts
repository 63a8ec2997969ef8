/** The format `text`: UTF-8, split into files, paragraphs or lines. */

import { Document } from '../../document.ts'
import { blocksOf } from '../../shards/lines.ts'
import { decode } from '../decode.ts'
import { type Piece, splitters } from '../split.ts'
import { type FormatReader, firstLineOf, type OpenInput } from './format.ts'

export const border: NonNullable<FormatReader['border']> = ({ split }) =>
  split === 'lines' ? 'line' : split === 'paragraphs' ? 'blank line' : undefined

export async function* open({ file, part, chunks, settings: { split }, notes }: OpenInput): AsyncGenerator<Document[]> {
  const splitter = splitters[split](file.name)
  const documents = (pieces: readonly Piece[]) =>
    pieces.map((piece) => {
      if (piece.damagedAt !== undefined) notes.damaged(file, piece.damagedAt)
      return new Document(piece.text)
    })
  let isEmpty = true
  for await (const block of blocksOf(chunks, file.name, firstLineOf(part))) {
    const pieces = splitter.take(decode(block))
    if (pieces.length > 0) isEmpty = false
    yield documents(pieces)
  }
  const last = splitter.end()
  // Only of a blank file is the first part blank.
  if (isEmpty && last.length === 0 && (part?.start ?? 0) === 0) notes.malformed(file, 1, 'the file has no text')
  yield documents(last)
}
