/** The source `read`: files of text and JSONL to documents. */

import { createHash } from 'node:crypto'
import { StageError } from '../../core/failure.ts'
import type { InputFile } from '../../core/kind.ts'
import { Document } from '../document.ts'
import { blocksOf } from '../lines.ts'
import type { Source, SourceContext } from '../source.ts'
import { decode } from './decode.ts'
import { documentOfJson } from './json-line.ts'
import { openBytes } from './open.ts'
import { type Piece, type SplitBy, splitText, splitters } from './split.ts'

export interface ReadParams {
  readonly split: SplitBy
  readonly field: string
  readonly format: 'auto' | 'text' | 'jsonl'
}

/** What reading notices besides documents. */
interface Notes {
  damaged(file: InputFile, line: number): void
  malformed(file: InputFile, line: number, message: string): void
  withoutText(fields: readonly string[]): void
}

/** The documents of some files, one after the other. Throws a StageError `input-changed` where a file is not what was hashed. */
export function readSource(params: ReadParams, files: readonly InputFile[], context: SourceContext): Source {
  const notes = notesOf(params, context)
  const source = {
    done: 0,
    async *batches() {
      for (const file of files) {
        const hash = createHash('sha256')
        const read = (bytes: Buffer) => {
          source.done += bytes.length
          hash.update(bytes)
        }
        const blocks = blocksOf(openBytes(file, read), file.name)
        yield* isJsonl(file, params) ? jsonl(file, blocks, params, notes) : text(file, blocks, params, notes)
        if (hash.digest('hex') !== file.sha256) throw changed(file)
      }
    },
  }
  return source
}

function changed({ name }: InputFile): StageError {
  return new StageError('input-changed', `${name} changed while it was being read`, 'Run it again.')
}

function isJsonl({ name }: InputFile, { format }: ReadParams): boolean {
  return format === 'auto' ? /\.(jsonl|ndjson)(\.gz)?$/i.test(name) : format === 'jsonl'
}

type Blocks = ReturnType<typeof blocksOf>

async function* text(file: InputFile, blocks: Blocks, { split }: ReadParams, notes: Notes) {
  const splitter = splitters[split](file.name)
  const documents = (pieces: readonly Piece[]) =>
    pieces.map((piece) => {
      if (piece.damagedAt !== undefined) notes.damaged(file, piece.damagedAt)
      return new Document(piece.text)
    })
  let isEmpty = true
  for await (const block of blocks) {
    const pieces = splitter.take(decode(block))
    if (pieces.length > 0) isEmpty = false
    yield documents(pieces)
  }
  const last = splitter.end()
  if (isEmpty && last.length === 0) notes.malformed(file, 1, 'the file has no text')
  yield documents(last)
}

async function* jsonl(file: InputFile, blocks: Blocks, { split, field }: ReadParams, notes: Notes) {
  for await (const block of blocks) {
    const { lines, line, damaged } = decode(block)
    const documents: Document[] = []
    for (let i = 0; i < lines.length; i++) {
      const each = lines[i]!
      if (each === '' || each.trim() === '') continue
      const read = documentOfJson(each, field)
      if ('problem' in read) {
        notes.malformed(file, line + i, read.problem)
        continue
      }
      if (damaged.has(i)) notes.damaged(file, line + i)
      const { document } = read
      if (!read.hasText) notes.withoutText(Object.keys(document.fields))
      if (split === 'files' || !read.hasText) documents.push(document)
      else documents.push(...partsOf(document, split))
    }
    yield documents
  }
}

/** A document for each paragraph or line of a record, with the record's fields; ids are told apart by their place in it. */
function partsOf(document: Document, split: 'paragraphs' | 'lines'): Document[] {
  const texts = splitText(document.text, split)
  return texts.map((text, place) => {
    const id = document.id === undefined || texts.length === 1 ? document.id : `${document.id}-${place}`
    return new Document(text, id, document.fields)
  })
}

/** What reading counts, entered into a book. */
export function notesOf({ field }: ReadParams, { book, warn }: SourceContext): Notes {
  const damaged = book.step('read', ({ first }) => `bytes that are not UTF-8 became U+FFFD, first at ${first}`)
  const empty = book.step('read', () => `records without a field "${field}" have no text`)
  return {
    damaged(file, line) {
      damaged.first ??= `${file.name}:${line}`
      damaged.documents++
    },
    malformed: (file, line, message) => book.malformed({ file: file.name, line, message }),
    withoutText(fields) {
      if (empty.documents++ > 0) return
      warn(
        `Records lack the field "${field}", so they have no text. The first has ${fields.join(', ') || 'no fields'}. ` +
          'Where one of them is the text, say so: read(…, field: "…").',
      )
    },
  }
}
