/** Writes and reads Docs artefacts: folders of shards `docs-00000.jsonl`, one document a line. */

import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/values/json.ts'
import { Document, type Fields, idOf, jsonOf, noFields } from '../document.ts'
import { type ParsedRecord, parseRecord } from '../json/record.ts'
import { type Block, blocksOf } from './lines.ts'

/** The size of shards, in bytes: a shard ends after the document with which it reaches this size. */
const shardBytes = 64 * 1024 ** 2

/** The number of bytes that are buffered before they are written. */
const bufferBytes = 1 << 20

const newline = 10
const lineEnd = Buffer.of(newline)
const utf8 = new TextEncoder()

/** Writes documents to the shards of a folder. */
export class ShardWriter {
  readonly #folder: string
  readonly #limit: number
  readonly #stem: string
  readonly #heldBack: number
  #file: number | undefined
  #shard = 0
  /** The size of the shard, with the bytes in the buffer. */
  #size = 0
  /** Lines are buffered as bytes: a kept text would keep the block that it is a slice of, a megabyte for each line. */
  #buffer: Buffer | undefined
  #held = 0

  /** `stem`: the beginning of the shards' names, `docs` in `docs-00000.jsonl`; `heldBack`: the number of bytes to buffer. */
  constructor(folder: string, limit = shardBytes, stem = 'docs', heldBack = bufferBytes) {
    this.#folder = folder
    this.#limit = limit
    this.#stem = stem
    this.#heldBack = heldBack
  }

  write(document: Document): void {
    this.writeLine(lineOf(document))
  }

  /** Writes the line of another shard without a change. */
  writeLine(line: string): void {
    this.#buffer ??= Buffer.allocUnsafeSlow(this.#heldBack)
    // A UTF-16 unit has at most 3 bytes.
    const size = 3 * line.length < this.#buffer.length - this.#held ? 0 : Buffer.byteLength(line) + 1
    if (size > this.#buffer.length - this.#held) this.#flush()
    if (size > this.#buffer.length) {
      this.#putLong(line)
      this.#size += size
    } else {
      const start = this.#held
      this.#held += this.#buffer.write(line, start)
      this.#buffer[this.#held++] = newline
      this.#size += this.#held - start
    }
    if (this.#size < this.#limit) return
    this.#flush()
    this.#endShard()
  }

  /** Writes bytes of another shard. A call may end in the middle of a line; the next one has to continue it. */
  append(bytes: Buffer): void {
    this.#flush()
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(newline, Math.max(at, at + this.#limit - this.#size - 1))
      const piece = bytes.subarray(at, end === -1 ? undefined : end + 1)
      this.#put(piece)
      this.#size += piece.length
      at += piece.length
      if (end !== -1) this.#endShard()
    }
  }

  /** Writes the buffer. An artefact without documents has one empty shard. */
  close(): void {
    this.#flush()
    if (this.#shard === 0) this.#file = this.#open()
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #flush(): void {
    if (this.#held > 0) this.#put(this.#buffer!.subarray(0, this.#held))
    this.#held = 0
  }

  /** Writes a line that the empty buffer cannot hold, a buffer at a time: a copy of it as bytes could take hundreds of megabytes. */
  #putLong(line: string): void {
    const buffer = this.#buffer!
    for (let at = 0; at < line.length; ) {
      const { read, written } = utf8.encodeInto(line.slice(at, at + buffer.length), buffer)
      this.#put(buffer.subarray(0, written))
      at += read
    }
    this.#put(lineEnd)
  }

  #endShard(): void {
    closeSync(this.#file!)
    this.#file = undefined
    this.#size = 0
  }

  #put(bytes: Buffer): void {
    this.#file ??= this.#open()
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at)
  }

  #open(): number {
    return openSync(join(this.#folder, `${this.#stem}-${String(this.#shard++).padStart(5, '0')}.jsonl`), 'wx')
  }
}

/** The line of a document in a shard. */
export function lineOf(document: Document): string {
  const { text, fields, sources } = document
  if (fields !== noFields && sources === undefined) return JSON.stringify({ id: idOf(document), text, ...fields })
  const own = `{"id":${JSON.stringify(idOf(document))},"text":${JSON.stringify(text)}`
  return fields === noFields ? `${own}}` : `${own},${jsonOf(fields, sources).slice(1)}`
}

/** The document of a line in a shard. Throws a StageError `damaged-artefact`. */
export function documentOf(line: string, shard: string): Document {
  let parsed: ParsedRecord
  try {
    parsed = parseRecord(line)
  } catch {
    throw damaged(shard)
  }
  const { value, sources } = parsed
  if (value === null || typeof value !== 'object') throw damaged(shard)
  const { id, text, ...fields } = value as { readonly id?: unknown; readonly text?: unknown } & Record<string, Json>
  if (typeof id !== 'string' || typeof text !== 'string') throw damaged(shard)
  return new Document(text, id, Object.keys(fields).length === 0 ? noFields : (fields as Fields), sources)
}

function damaged(shard: string): StageError {
  return new StageError(
    'damaged-artefact',
    `${shard} has a line that is not a document`,
    'Something else has written to the store. Remove the artefact, and run again.',
  )
}

/** A block of lines of a shard. */
export interface ShardLines {
  readonly shard: string
  readonly lines: readonly string[]
  /** Without their \n. */
  readonly bytes: number
}

export interface Shard {
  readonly path: string
  /** In bytes. */
  readonly size: number
}

/** The shards of a folder whose names begin with a stem, in order. */
export async function shardsIn(folder: string, stem = 'docs'): Promise<Shard[]> {
  const names = (await readdir(folder)).filter((name) => new RegExp(`^${stem}-\\d+\\.jsonl$`).test(name))
  const numbered = names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  return Promise.all(
    numbered.map(async (name) => ({ path: join(folder, name), size: (await stat(join(folder, name))).size })),
  )
}

/** The bytes of a shard, in chunks. */
export function bytesOf(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1 << 20 })
}

/** The lines of a shard as blocks of bytes. */
export function blocksOfShard(path: string): AsyncGenerator<Block> {
  return blocksOf(bytesOf(path), path)
}

/** The lines of a shard, a block at a time. */
export async function* linesOfShard(path: string): AsyncGenerator<ShardLines> {
  for await (const { bytes } of blocksOfShard(path)) {
    yield { shard: path, lines: bytes.toString('utf8').split('\n'), bytes: bytes.length + 1 }
  }
}
