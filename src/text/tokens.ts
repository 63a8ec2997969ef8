/**
 * Reads the Tokens artefact: `tokens.bin` (the ids of all documents, uint16 or uint32, little-endian), `offsets.bin` (the end of each
 * document, uint64), `meta.json`, and the tokenizer. It is read by windows, so that it can be larger than memory.
 */

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../core/failure.ts'

/** The contents of meta.json. */
export interface TokensMeta {
  readonly dtype: 'uint16' | 'uint32'
  readonly tokens: number
  readonly documents: number
  /** The number of UTF-8 bytes of the encoded text: the divisor of bits per byte. */
  readonly bytes: number
  /** The number of ids of the tokenizer. */
  readonly vocab: number
  /** The id after each document, if there is one. */
  readonly end_of_text?: number
  /** The ids before each document, if there are some. */
  readonly begin_of_text?: readonly number[]
  /** The number of unknown tokens, if there are some. */
  readonly unknown?: number
  /** The number of bytes that were left out because the tokenizer has no token for them, and the number of documents with such bytes. */
  readonly left_out?: { readonly bytes: number; readonly documents: number }
}

/** The narrowest type that holds the ids of a vocabulary. */
export function tokenType(vocab: number): 'uint16' | 'uint32' {
  return vocab <= 65_536 ? 'uint16' : 'uint32'
}

/** The largest file, in bytes, that is kept in memory. Larger files are read by windows. */
const inMemory = 512 * 1024 * 1024

export class TokenReader {
  readonly meta: TokensMeta
  /** The number of tokens. */
  readonly length: number
  readonly #folder: string
  readonly #width: 2 | 4
  readonly #file: number
  readonly #all: Uint16Array | Uint32Array | undefined
  #ends: Float64Array | undefined

  /** Opens the artefact in `folder`. `keep`: the largest size, in bytes, that is kept in memory. */
  constructor(folder: string, keep = inMemory) {
    this.#folder = folder
    this.meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as TokensMeta
    this.#width = this.meta.dtype === 'uint16' ? 2 : 4
    this.#file = openSync(join(folder, 'tokens.bin'), 'r')
    const size = fstatSync(this.#file).size
    this.length = this.meta.tokens
    if (size !== this.length * this.#width) {
      throw new StageError(
        'damaged-tokens',
        `${join(folder, 'tokens.bin')} has ${size} bytes where ${this.length} tokens of ${this.meta.dtype} have ${this.length * this.#width}`,
        'Run the stage that encodes again.',
      )
    }
    this.#all = size <= keep ? this.#load(0, this.length) : undefined
  }

  /** Copies the tokens `start` to `start + count` to position `at` of `target`. Throws a RangeError if there are fewer. */
  read(start: number, count: number, target: Int32Array | Uint32Array | Uint16Array, at = 0): void {
    target.set(this.window(start, count), at)
  }

  /** The tokens `start` to `start + count`, as a view that must not be written to. */
  window(start: number, count: number): Uint16Array | Uint32Array {
    if (start < 0 || count < 0 || start + count > this.length) {
      throw new RangeError(`tokens ${start} to ${start + count} of ${this.length}`)
    }
    return this.#all?.subarray(start, start + count) ?? this.#load(start, count)
  }

  /** The end of each document, in tokens. The end-of-text token belongs to the document. */
  get ends(): Float64Array {
    this.#ends ??= readEnds(join(this.#folder, 'offsets.bin'))
    return this.#ends
  }

  /** The index of the document to which a token belongs. */
  documentOf(token: number): number {
    const ends = this.ends
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (ends[middle]! <= token) low = middle + 1
      else high = middle
    }
    return low
  }

  close(): void {
    closeSync(this.#file)
  }

  #load(start: number, count: number): Uint16Array | Uint32Array {
    const tokens = this.#width === 2 ? new Uint16Array(count) : new Uint32Array(count)
    const bytes = new Uint8Array(tokens.buffer)
    for (let done = 0; done < bytes.length; ) {
      const got = readSync(this.#file, bytes, done, Math.min(bytes.length - done, 1 << 30), start * this.#width + done)
      if (got === 0) throw new StageError('damaged-tokens', `${join(this.#folder, 'tokens.bin')} became shorter`)
      done += got
    }
    return tokens
  }
}

function readEnds(path: string): Float64Array {
  const file = readFileSync(path)
  const ends = new Float64Array(file.length / 8)
  for (let i = 0; i < ends.length; i++) ends[i] = Number(file.readBigUInt64LE(8 * i))
  return ends
}
