/** The Docs artefact: a folder of shards `docs-00000.jsonl`, one document a line, written and read as streams. */

import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/json.ts'
import { Document, type Fields, idOf, jsonOf, noFields } from '../document.ts'
import { type ParsedRecord, parseRecord } from '../json/record.ts'
import { type Block, blocksOf } from './lines.ts'

/** Where a shard ends: after the document that makes it at least this long. */
const shardBytes = 64 * 1024 ** 2

/** Characters held back before they are written. */
const bufferLength = 1 << 20

const newline = 10

/** Writes documents to the shards of a folder. */
export class ShardWriter {
  readonly #folder: string
  readonly #limit: number
  readonly #stem: string
  readonly #heldBack: number
  #file: number | undefined
  #shard = 0
  #size = 0
  #lines: string[] = []
  #held = 0

  /** `stem` is what the shards are called: `docs-00000.jsonl`; `heldBack`, how many characters wait to be written at most. */
  constructor(folder: string, limit = shardBytes, stem = 'docs', heldBack = bufferLength) {
    this.#folder = folder
    this.#limit = limit
    this.#stem = stem
    this.#heldBack = heldBack
  }

  write(document: Document): void {
    this.writeLine(lineOf(document))
  }

  /** Writes a line that a shard had: a document that is passed on as it is. */
  writeLine(line: string): void {
    this.#lines.push(line)
    this.#held += line.length
    // A length in UTF-16 units is at most the length in bytes, so a shard is looked at before it can be too long by much.
    if (this.#held >= this.#heldBack || this.#size + this.#held >= this.#limit) this.#flush()
  }

  /** Writes bytes of lines that were written before: together whole lines, cut anywhere. */
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

  /** Writes what is held back. Without documents there is one empty shard. */
  close(): void {
    this.#flush()
    if (this.#shard === 0) this.#file = this.#open()
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #flush(): void {
    if (this.#lines.length === 0) return
    // Line by line as to where a shard ends, so that how much was held back changes nothing.
    let pending: string[] = []
    for (const line of this.#lines) {
      pending.push(line)
      this.#size += Buffer.byteLength(line) + 1
      if (this.#size < this.#limit) continue
      this.#put(Buffer.from(`${pending.join('\n')}\n`))
      pending = []
      this.#endShard()
    }
    if (pending.length > 0) this.#put(Buffer.from(`${pending.join('\n')}\n`))
    this.#lines = []
    this.#held = 0
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

/** The document of a line of a shard. */
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
    `${shard} has a line that is no document`,
    'Something else has written to the store. Remove the artefact, and run again.',
  )
}

/** Some lines of shards, and how many bytes were read up to their end. */
export interface ShardLines {
  readonly shard: string
  readonly lines: readonly string[]
  /** Of each line, without its \n. */
  readonly bytes: number
}

export interface Shard {
  readonly path: string
  /** In bytes. */
  readonly size: number
}

/** The shards of a folder that are called by a stem, in order. */
export async function shardsIn(folder: string, stem = 'docs'): Promise<Shard[]> {
  const names = (await readdir(folder)).filter((name) => new RegExp(`^${stem}-\\d+\\.jsonl$`).test(name))
  const numbered = names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  return Promise.all(
    numbered.map(async (name) => ({ path: join(folder, name), size: (await stat(join(folder, name))).size })),
  )
}

/** The bytes of a shard, in pieces. */
export function bytesOf(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1 << 20 })
}

/** A shard as blocks of whole lines. */
export function blocksOfShard(path: string): AsyncGenerator<Block> {
  return blocksOf(bytesOf(path), path)
}

/** The lines of a shard, a block at a time. */
export async function* linesOfShard(path: string): AsyncGenerator<ShardLines> {
  for await (const { bytes } of blocksOfShard(path)) {
    yield { shard: path, lines: bytes.toString('utf8').split('\n'), bytes: bytes.length + 1 }
  }
}
