/** The format `html`: a page a file. Its text is the HTML; `text_from_html` takes the text out of it. */

import { Document } from '../../document.ts'
import { decodePage } from '../charset.ts'
import type { OpenInput } from './format.ts'

/** Pages have charsets of their own. */
export const access = 'bytes'

/** The largest page, in bytes. */
const maxBytes = 64 << 20

export async function* open({ file, chunks, notes }: OpenInput): AsyncGenerator<Document[]> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length <= maxBytes) pieces.push(chunk)
  }
  if (length === 0) return notes.malformed(file, 1, 'the file has no text')
  if (length > maxBytes) return notes.malformed(file, 1, `a page of ${length} bytes; the most are 64 MiB`, length)
  const { text, isDamaged } = decodePage(Buffer.concat(pieces))
  if (isDamaged) notes.damaged(file, 1)
  yield [new Document(text)]
}
