/** Random numbers for documents. The number of a document depends on the seed, and on its content or position. */

import { createHash, hash } from 'node:crypto'
import { philox } from '../../core/values/random.ts'

/** Draws numbers from 0 to 2^53 − 1. */
export class RandomKeys {
  readonly #key0: number
  readonly #key1: number
  readonly #words = new Uint32Array(4)

  constructor(seed: number, purpose: string) {
    const digest = createHash('sha256').update(`${seed}\n${purpose}`).digest()
    this.#key0 = digest.readUInt32LE(0)
    this.#key1 = digest.readUInt32LE(4)
  }

  /** The number of a content. Copies have equal numbers, and no number depends on other documents. */
  ofContent(content: string): number {
    const digest = hash('sha256', content, 'buffer')
    return this.#draw(digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12))
  }

  /** The number of a position. Copies have different numbers. */
  ofPlace(place: number): number {
    return this.#draw(place >>> 0, Math.floor(place / 2 ** 32), 0, 0)
  }

  #draw(c0: number, c1: number, c2: number, c3: number): number {
    const words = philox(c0, c1, c2, c3, this.#key0, this.#key1, this.#words)
    return (words[0]! >>> 11) * 2 ** 32 + words[1]!
  }
}
