/**
 * The Tokens artefact: `tokens.bin` (all ids of all documents, uint16 or uint32, little-endian), `offsets.bin` (where each
 * document ends, uint64), `meta.json`, and the tokenizer. Read by windows, so that it may be larger than memory.
 */

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../core/failure.ts'

/** What meta.json says. */
export interface TokensMeta {
  readonly dtype: 'uint16' | 'uint32'
  readonly tokens: number
  readonly documents: number
  /** UTF-8 bytes of the text that was encoded: what bits per byte are divided by. */
  readonly bytes: number
  /** How many ids the tokenizer has. */
  readonly vocab: number
  /** The id that stands after each document, if one does. */
  readonly end_of_text?: number
  /** The ids that stand before each document, if any do. */
  readonly begin_of_text?: readonly number[]
  /** How many tokens stand for what the tokenizer does not know, if any do. */
  readonly unknown?: number
  /** What was left out because the tokenizer has no token for it: how many bytes, in how many documents. */
  readonly left_out?: { readonly bytes: number; readonly documents: number }
}

/** The narrowest type that holds the ids of a vocabulary. */
export function tokenType(vocab: number): 'uint16' | 'uint32' {
  return vocab <= 65_536 ? 'uint16' : 'uint32'
}

/** Up to this many bytes are kept in memory; larger files are read by windows. */
const inMemory = 512 * 1024 * 1024

export class TokenReader {
  readonly meta: TokensMeta
  /** How many tokens there are. */
  readonly length: number
  readonly #folder: string
  readonly #width: 2 | 4
  readonly #file: number
  readonly #all: Uint16Array | Uint32Array | undefined
  #ends: Float64Array | undefined

  /** Opens the artefact in `folder`. `keep` is the size up to which it is held in memory. */
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

  /** Copies the tokens `start` to `start + count` into `target`, from `at` on; a RangeError where there are fewer. */
  read(start: number, count: number, target: Int32Array | Uint32Array | Uint16Array, at = 0): void {
    target.set(this.window(start, count), at)
  }

  /** The tokens `start` to `start + count`: a view that must not be written to. */
  window(start: number, count: number): Uint16Array | Uint32Array {
    if (start < 0 || count < 0 || start + count > this.length) {
      throw new RangeError(`tokens ${start} to ${start + count} of ${this.length}`)
    }
    return this.#all?.subarray(start, start + count) ?? this.#load(start, count)
  }

  /** Where each document ends, in tokens; its end-of-text token belongs to it. */
  get ends(): Float64Array {
    this.#ends ??= readEnds(join(this.#folder, 'offsets.bin'))
    return this.#ends
  }

  /** The document that a token belongs to. */
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
