/** The Docs artefact: a folder of shards `docs-00000.jsonl`, one document a line, written and read as streams. */

import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StageError } from '../core/failure.ts'
import type { Json } from '../core/json.ts'
import { Document, type Fields, idOf, noFields } from './document.ts'
import { blocksOf } from './lines.ts'

/** Where a shard ends: after the document that makes it at least this long. */
const shardBytes = 64 * 1024 ** 2

/** Characters held back before they are written. */
const bufferLength = 1 << 20

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
      this.#append(pending)
      pending = []
      closeSync(this.#file!)
      this.#file = undefined
      this.#size = 0
    }
    if (pending.length > 0) this.#append(pending)
    this.#lines = []
    this.#held = 0
  }

  #append(lines: readonly string[]): void {
    this.#file ??= this.#open()
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at)
  }

  #open(): number {
    return openSync(join(this.#folder, `${this.#stem}-${String(this.#shard++).padStart(5, '0')}.jsonl`), 'wx')
  }
}

/** The line of a document in a shard. */
export function lineOf(document: Document): string {
  const { text, fields } = document
  return fields === noFields
    ? `{"id":${JSON.stringify(idOf(document))},"text":${JSON.stringify(text)}}`
    : JSON.stringify({ id: idOf(document), text, ...fields })
}

/** The document of a line of a shard. */
export function documentOf(line: string, shard: string): Document {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw damaged(shard)
  }
  if (value === null || typeof value !== 'object') throw damaged(shard)
  const { id, text, ...fields } = value as { readonly id?: unknown; readonly text?: unknown } & Record<string, Json>
  if (typeof id !== 'string' || typeof text !== 'string') throw damaged(shard)
  return new Document(text, id, Object.keys(fields).length === 0 ? noFields : (fields as Fields))
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

/** The shards of a folder that are called by a stem, in order. */
export async function shardsIn(
  folder: string,
  stem = 'docs',
): Promise<{ readonly path: string; readonly size: number }[]> {
  const names = (await readdir(folder)).filter((name) => new RegExp(`^${stem}-\\d+\\.jsonl$`).test(name))
  const numbered = names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  return Promise.all(
    numbered.map(async (name) => ({ path: join(folder, name), size: (await stat(join(folder, name))).size })),
  )
}

/** The lines of a shard, a block at a time. */
export async function* linesOfShard(path: string): AsyncGenerator<ShardLines> {
  const chunks = createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>
  for await (const { bytes } of blocksOf(chunks, path)) {
    yield { shard: path, lines: bytes.toString('utf8').split('\n'), bytes: bytes.length + 1 }
  }
}
