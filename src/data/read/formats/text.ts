/** The format `text`: UTF-8, split into files, paragraphs or lines. */

import { Document } from '../../document.ts'
import { blocksOf } from '../../shards/lines.ts'
import { decode } from '../decode.ts'
import { type Piece, splitters } from '../split.ts'
import type { OpenInput } from './format.ts'

export async function* open({ file, chunks, settings: { split }, notes }: OpenInput): AsyncGenerator<Document[]> {
  const splitter = splitters[split](file.name)
  const documents = (pieces: readonly Piece[]) =>
    pieces.map((piece) => {
      if (piece.damagedAt !== undefined) notes.damaged(file, piece.damagedAt)
      return new Document(piece.text)
    })
  let isEmpty = true
  for await (const block of blocksOf(chunks, file.name)) {
    const pieces = splitter.take(decode(block))
    if (pieces.length > 0) isEmpty = false
    yield documents(pieces)
  }
  const last = splitter.end()
  if (isEmpty && last.length === 0) notes.malformed(file, 1, 'the file has no text')
  yield documents(last)
}
