/**
 * A Bloom filter (Bloom 1970): remembers texts in a fixed number of bits, so that what it takes for a copy is one, except for a stated share.
 * Positions are made of two hashes (Kirsch and Mitzenmacher 2006), which does not raise that share.
 */

import { StageError } from '../../core/failure.ts'

/** The bytes of a piece of the filter: one array of JavaScript cannot hold large ones. */
const pieceBytes = 2 ** 28

export class BloomFilter {
  readonly #pieces: readonly Uint8Array[]
  readonly #bits: number
  /** The number of bits of a text. */
  readonly hashes: number

  /**
   * A filter for `capacity` texts: once that many are in it, a new text is taken for a copy with the probability `falsePositives`, before that
   * with a lower one. Throws a StageError `out-of-memory` if its bits do not fit.
   */
  constructor(capacity: number, falsePositives: number) {
    const perText = -Math.log(falsePositives) / Math.LN2 ** 2
    this.#bits = Math.max(64, Math.ceil(Math.max(1, capacity) * perText))
    this.hashes = Math.max(1, Math.round(perText * Math.LN2))
    const bytes = this.bytes
    try {
      this.#pieces = Array.from(
        { length: Math.ceil(bytes / pieceBytes) },
        (_, index) => new Uint8Array(Math.min(pieceBytes, bytes - index * pieceBytes)),
      )
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new StageError(
        'out-of-memory',
        `a filter of ${Math.ceil(bytes / 2 ** 20)} MiB for ${capacity.toLocaleString('en-US')} documents does not fit in memory`,
        'Allow more false positives: dedup(bloom, false_positives: 0.1%).',
      )
    }
  }

  /** The memory of the filter. */
  get bytes(): number {
    return Math.ceil(this.#bits / 8)
  }

  /** Adds a text by its digest, of which 12 bytes count. Returns whether the text is new; a new one is taken for a copy now and then. */
  add(digest: Buffer): boolean {
    let at = digest.readUIntLE(0, 6) % this.#bits
    const step = (digest.readUIntLE(6, 6) % (this.#bits - 1)) + 1
    let isNew = false
    for (let hash = 0; hash < this.hashes; hash++) {
      const byte = Math.floor(at / 8)
      const piece = this.#pieces[Math.floor(byte / pieceBytes)]!
      const place = byte % pieceBytes
      const bit = 1 << (at % 8)
      if ((piece[place]! & bit) === 0) {
        isNew = true
        piece[place]! |= bit
      }
      at = (at + step) % this.#bits
    }
    return isNew
  }
}
