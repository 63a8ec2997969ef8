/** The source `read`: files of text and JSONL to documents. */

import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/json.ts'
import type { InputFile } from '../../core/stage.ts'
import { Document } from '../document.ts'
import type { Source, SourceContext } from '../pass/source.ts'
import { blocksOf } from '../shards/lines.ts'
import { decode } from './decode.ts'
import { type Format, formatOf } from './formats.ts'
import { documentOfJson } from './json-line.ts'
import { jsonRecords } from './json-stream.ts'
import { type Notes, notesOf } from './notes.ts'
import { openBytes } from './open.ts'
import { type Piece, type SplitBy, splitText, splitters } from './split.ts'

export interface ReadParams {
  readonly split: SplitBy
  readonly field: string
  readonly format: 'auto' | Format
}

/** The documents of some files, one after the other. Throws a StageError `input-changed` where a file is not what was hashed. */
export function readSource(params: ReadParams, files: readonly InputFile[], context: SourceContext): Source {
  const notes = notesOf(params.field, context)
  const source = {
    done: 0,
    async *batches() {
      for (const file of files) {
        const hash = createHash('sha256')
        const read = (bytes: Buffer) => {
          source.done += bytes.length
          hash.update(bytes)
        }
        const reader = readers[formatOf(file.name, params.format)]
        yield* reader({ file, chunks: openBytes(file, read), params, notes })
        if (hash.digest('hex') !== file.sha256) throw changed(file)
      }
    },
  }
  return source
}

function changed({ name }: InputFile): StageError {
  return new StageError('input-changed', `${name} changed while it was being read`, 'Run it again.')
}

/** A file to be read. */
interface Opened {
  readonly file: InputFile
  readonly chunks: AsyncIterable<Buffer>
  readonly params: ReadParams
  readonly notes: Notes
}

/** How each format is read. */
const readers: { readonly [F in Format]: (opened: Opened) => AsyncGenerator<Document[]> } = { text, jsonl, json }

async function* text({ file, chunks, params: { split }, notes }: Opened) {
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

async function* jsonl({ file, chunks, params, notes }: Opened) {
  let isFirst = true
  for await (const block of blocksOf(chunks, file.name)) {
    const { lines, line, damaged } = decode(block)
    const documents: Document[] = []
    for (let i = 0; i < lines.length; i++) {
      const each = lines[i]!
      if (each === '' || each.trim() === '') continue
      if (isFirst && beginsArray(each)) throw arrayOverLines(file)
      isFirst = false
      documents.push(...documentsOf(each, line + i, damaged.has(i), { file, params, notes }))
    }
    yield documents
  }
}

async function* json(opened: Opened) {
  const { file, chunks } = opened
  const first = await firstOf(chunks)
  if (isRecordALine(first.chunk)) {
    yield* jsonl({ ...opened, chunks: first.all })
    return
  }
  let count = 0
  let only: Document | undefined
  for await (const records of jsonRecords(first.all, file.name)) {
    const documents: Document[] = []
    for (const record of records) {
      count++
      if ('problem' in record) opened.notes.malformed(file, record.line, record.problem)
      else {
        const isDamaged = !isUtf8(record.bytes)
        documents.push(...documentsOf(record.bytes.toString('utf8'), record.line, isDamaged, opened))
      }
    }
    only = documents[0]
    yield documents
  }
  if (count === 0) opened.notes.malformed(file, 1, 'the file has no records')
  const wrapped = count === 1 && only !== undefined && only.text === '' ? listOfRecords(only) : undefined
  if (wrapped !== undefined) opened.notes.wraps(file, wrapped)
}

/** The name of a field that is a list of objects, but not of messages: the one object of a file may be around its records. */
function listOfRecords({ fields }: Document): string | undefined {
  return Object.entries(fields).find(([, value]) => {
    const first = Array.isArray(value) ? (value[0] as Json | undefined) : undefined
    if (first === undefined || first === null || typeof first !== 'object' || Array.isArray(first)) return false
    return !('role' in first || 'from' in first)
  })?.[0]
}

/** The documents of one record of JSON. */
function documentsOf(
  record: string,
  line: number,
  isDamaged: boolean,
  { file, params: { split, field }, notes }: Pick<Opened, 'file' | 'params' | 'notes'>,
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
  return split === 'files' || !read.hasText ? [document] : partsOf(document, split)
}

/** The first bytes of a stream, and all of it. */
async function firstOf(
  chunks: AsyncIterable<Buffer>,
): Promise<{ readonly chunk: Buffer; readonly all: AsyncIterable<Buffer> }> {
  const rest = chunks[Symbol.asyncIterator]()
  const { value, done } = await rest.next()
  const chunk = done === true ? Buffer.alloc(0) : value
  return {
    chunk,
    all: (async function* () {
      if (done !== true) yield chunk
      yield* { [Symbol.asyncIterator]: () => rest }
    })(),
  }
}

/** Whether a .json file is a JSONL file by another name: its first line is a whole object. */
function isRecordALine(chunk: Buffer): boolean {
  const start = chunk.findIndex((byte) => byte > 32)
  if (chunk[start] !== 123) return false
  const end = chunk.indexOf(10, start)
  if (end === -1) return false
  try {
    JSON.parse(chunk.toString('utf8', start, end))
    return true
  } catch {
    return false
  }
}

/** Whether the first line of a file opens an array that it does not close. */
function beginsArray(line: string): boolean {
  if (!/^\s*\[\s*(?:\{|$)/.test(line)) return false
  try {
    JSON.parse(line)
    return false
  } catch {
    return true
  }
}

function arrayOverLines({ name }: InputFile): StageError {
  return new StageError(
    'wrong-format',
    `${name} is one JSON array over several lines, not a record a line`,
    'Read it as it is: read(…, format: json). A file whose name ends in .json is read so without being told.',
  )
}

/** A document for each paragraph or line of a record, with the record's fields; ids are told apart by their place in it. */
function partsOf(document: Document, split: 'paragraphs' | 'lines'): Document[] {
  const texts = splitText(document.text, split)
  return texts.map((text, place) => {
    const id = document.id === undefined || texts.length === 1 ? document.id : `${document.id}-${place}`
    return new Document(text, id, document.fields, document.sources)
  })
}
