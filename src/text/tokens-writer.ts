/** Writes the Tokens artefact one document after the other, with one chunk in memory. */

import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Ids } from './ids.ts'
import type { Lost } from './lost.ts'
import type { Tokenizer } from './tokenizer.ts'
import { type TokensMeta, tokenType } from './tokens.ts'

/** The number of ids or document ends that are buffered before they are written. */
const chunk = 1 << 19

export class TokenWriter {
  readonly #folder: string
  readonly #tokenizer: Tokenizer
  readonly #endOfText: number | undefined
  readonly #begin: readonly number[]
  readonly #tokensFile: number
  readonly #endsFile: number
  readonly #ids = new Ids(chunk)
  #ends: bigint[] = []
  #tokens = 0
  #documents = 0
  #bytes = 0
  readonly #lost: Lost = { count: 0 }
  #lossy = 0
  #unknown = 0

  /** `endOfText`: the id after each document, if any; `begin`: the ids before each document. */
  constructor(folder: string, tokenizer: Tokenizer, endOfText: number | undefined, begin: readonly number[] = []) {
    this.#begin = begin
    this.#folder = folder
    this.#tokenizer = tokenizer
    this.#endOfText = endOfText
    this.#tokensFile = openSync(join(folder, 'tokens.bin'), 'w')
    this.#endsFile = openSync(join(folder, 'offsets.bin'), 'w')
  }

  /** Encodes a document and appends it. */
  add(text: string): void {
    const before = this.#lost.count
    for (const id of this.#begin) this.#ids.push(id)
    const start = this.#ids.length
    this.#tokenizer.encodeInto(text, this.#ids, this.#lost)
    this.#countUnknown(start)
    if (this.#lost.count > before) this.#lossy++
    if (this.#endOfText !== undefined) this.#ids.push(this.#endOfText)
    this.#documents++
    this.#bytes += Buffer.byteLength(text)
    this.#ends.push(BigInt(this.#tokens + this.#ids.length))
    if (this.#ids.length >= chunk || this.#ends.length >= chunk) this.#flush()
  }

  /** Appends the artefact that another writer wrote to a folder with the same tokenizer. */
  append(folder: string, { tokens, documents, bytes, unknown = 0, left_out }: TokensMeta): void {
    this.#flush()
    for (const piece of piecesOf(join(folder, 'tokens.bin'))) writeAll(this.#tokensFile, piece)
    for (const piece of piecesOf(join(folder, 'offsets.bin'))) {
      const ends = new BigUint64Array(piece.buffer, piece.byteOffset, piece.length / 8)
      for (let i = 0; i < ends.length; i++) ends[i]! += BigInt(this.#tokens)
      writeAll(this.#endsFile, piece)
    }
    this.#tokens += tokens
    this.#documents += documents
    this.#bytes += bytes
    this.#unknown += unknown
    this.#lost.count += left_out?.bytes ?? 0
    this.#lossy += left_out?.documents ?? 0
  }

  /** The number of tokens so far. */
  get tokens(): number {
    return this.#tokens + this.#ids.length
  }

  /** Writes the buffers and meta.json. */
  finish(): TokensMeta {
    this.#flush()
    closeSync(this.#tokensFile)
    closeSync(this.#endsFile)
    const meta: TokensMeta = {
      dtype: tokenType(this.#tokenizer.size),
      tokens: this.#tokens,
      documents: this.#documents,
      bytes: this.#bytes,
      vocab: this.#tokenizer.size,
      ...(this.#begin.length === 0 ? {} : { begin_of_text: this.#begin }),
      ...(this.#endOfText === undefined ? {} : { end_of_text: this.#endOfText }),
      ...(this.#unknown === 0 ? {} : { unknown: this.#unknown }),
      ...(this.#lost.count === 0 ? {} : { left_out: { bytes: this.#lost.count, documents: this.#lossy } }),
    }
    writeFileSync(join(this.#folder, 'meta.json'), `${JSON.stringify(meta, null, 1)}\n`)
    return meta
  }

  /** Counts the unknown tokens, beginning with `start`. */
  #countUnknown(start: number): void {
    const { unknown } = this.#tokenizer
    if (unknown === undefined) return
    const { data, length } = this.#ids
    for (let i = start; i < length; i++) if (data[i] === unknown) this.#unknown++
  }

  #flush(): void {
    const ids = this.#ids.data.subarray(0, this.#ids.length)
    const narrow = tokenType(this.#tokenizer.size) === 'uint16' ? Uint16Array.from(ids) : ids
    writeAll(this.#tokensFile, new Uint8Array(narrow.buffer, narrow.byteOffset, narrow.byteLength))
    writeAll(this.#endsFile, new Uint8Array(BigUint64Array.from(this.#ends).buffer))
    this.#tokens += this.#ids.length
    this.#ids.clear()
    this.#ends = []
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
}

/** The bytes of a file in chunks of whole numbers. The next chunk overwrites the one before it. */
function* piecesOf(path: string): Generator<Buffer> {
  const file = openSync(path, 'r')
  try {
    const piece = Buffer.alloc(1 << 20)
    let held = 0
    for (;;) {
      const got = readSync(file, piece, held, piece.length - held, null)
      held += got
      if (got > 0 && held < piece.length) continue
      if (held > 0) yield piece.subarray(0, held)
      if (got === 0) return
      held = 0
    }
  } finally {
    closeSync(file)
  }
}
