/** Counts the pieces of a stream of texts: everything that a BPE trainer needs of a corpus. */

import { Ids } from '../ids.ts'
import { type Splitter, splitterOf } from '../split/splitter.ts'
import { stepsOf } from '../split/steps.ts'
import { grown, Pieces } from './pieces.ts'

/**
 * The largest number of different pieces to keep. Text has a few million in 10 GB; without a limit, hashes or base64 would fill the
 * memory.
 */
const maxPieces = 1 << 24

/** The different pieces of some texts, in the order of first occurrence, of less than 4 GB. */
export interface CountedPieces {
  /** The end of each piece in `bytes`. */
  readonly ends: Uint32Array
  /** The number of occurrences of each. */
  readonly counts: Uint32Array
  /** All pieces, one after the other. */
  readonly bytes: Uint8Array
  /** See `PieceCounter.forgotten`. */
  readonly forgotten: number
}

export class PieceCounter {
  /** The different pieces, in the order of first occurrence. */
  pieces = new Pieces()
  /** The number of occurrences of each piece. */
  counts = new Float64Array(1 << 12)
  /** Pieces with at most this many occurrences were forgotten, because there were too many pieces; 0 if all were kept. */
  forgotten = 0
  readonly #split: Splitter
  readonly #limit: number
  readonly #ends = new Ids()
  readonly #utf8 = new TextEncoder()
  #bytes = new Uint8Array(0)

  constructor(pattern: string | undefined, limit = maxPieces) {
    this.#split = splitterOf(stepsOf(pattern))
    this.#limit = limit
  }

  add(text: string): void {
    if (text.length === 0) return
    if (this.#bytes.length < 3 * text.length) this.#bytes = new Uint8Array(3 * text.length)
    const length = this.#utf8.encodeInto(text, this.#bytes).written
    const ends = this.#ends
    ends.clear()
    this.#split(text, this.#bytes, length, ends)
    let start = 0
    for (let i = 0; i < ends.length; i++) {
      const end = ends.data[i]!
      this.#count(this.#bytes, start, end, 1)
      start = end
    }
    while (this.pieces.count > this.#limit) this.#forget()
  }

  /** Adds the pieces that another counter counted in the texts that come next. */
  addCounted({ ends, counts, bytes, forgotten }: CountedPieces): void {
    for (let piece = 0; piece < ends.length; piece++)
      this.#count(bytes, piece === 0 ? 0 : ends[piece - 1]!, ends[piece]!, counts[piece]!)
    this.forgotten += forgotten
    while (this.pieces.count > this.#limit) this.#forget()
  }

  /** The pieces counted so far. */
  counted(): CountedPieces {
    const { pieces, counts, forgotten } = this
    return {
      ends: Uint32Array.from({ length: pieces.count }, (_, piece) => pieces.end(piece)),
      counts: Uint32Array.from({ length: pieces.count }, (_, piece) => counts[piece]!),
      bytes: pieces.bytes.subarray(0, pieces.byteLength),
      forgotten,
    }
  }

  #count(bytes: Uint8Array, start: number, end: number, times: number): void {
    const piece = this.pieces.intern(bytes, start, end)
    if (piece >= this.counts.length) this.counts = grown(this.counts, piece + 1)
    this.counts[piece]! += times
  }

  /** Drops the rarest pieces (lossy counting, Manku & Motwani 2002): pieces that matter have already occurred often. */
  #forget(): void {
    const { pieces, counts } = this
    this.forgotten++
    this.pieces = new Pieces()
    this.counts = new Float64Array(counts.length)
    for (let piece = 0; piece < pieces.count; piece++) {
      if (counts[piece]! <= this.forgotten) continue
      this.#count(pieces.bytes, pieces.start(piece), pieces.end(piece), counts[piece]!)
    }
  }
}
