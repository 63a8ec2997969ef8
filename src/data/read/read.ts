/** The source `read`: files of text and JSONL to documents. */

import { stat } from 'node:fs/promises'
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

export async function readSource(params: ReadParams, context: SourceContext): Promise<Source> {
  const files = Object.values(context.files).flat()
  if (files.length === 0) throw new StageError('no-files', 'read was given no file', 'Name one: read("data/*.txt").')
  let total = 0
  // A file that went away meanwhile is told of when it is opened.
  for (const { path } of files) total += (await stat(path).catch(() => ({ size: 0 }))).size
  const source = {
    total,
    done: 0,
    async *batches() {
      const notes = notesOf(params, context)
      for (const file of files) {
        const count = (bytes: number) => {
          source.done += bytes
        }
        const blocks = blocksOf(openBytes(file, count), file.name)
        yield* isJsonl(file, params) ? jsonl(file, blocks, params, notes) : text(file, blocks, params, notes)
      }
    },
  }
  return source
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

function notesOf({ field }: ReadParams, { book, warn }: SourceContext): Notes {
  let first: string | undefined
  let withoutText = 0
  const damaged = book.step('read', () => `bytes that are not UTF-8 became U+FFFD, first at ${first}`)
  const empty = book.step('read', () => `records without a field "${field}" have no text`)
  return {
    damaged(file, line) {
      first ??= `${file.name}:${line}`
      damaged.documents++
    },
    malformed: (file, line, message) => book.malformed({ file: file.name, line, message }),
    withoutText(fields) {
      empty.documents++
      if (withoutText++ > 0) return
      warn(
        `Records lack the field "${field}", so they have no text. The first has ${fields.join(', ') || 'no fields'}. ` +
          'Where one of them is the text, say so: read(…, field: "…").',
      )
    },
  }
}
