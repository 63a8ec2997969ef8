/** A table that finds the first record with a 128-bit digest. It takes 20 bytes a slot; a Map of strings takes ten times that. */

import { StageError } from '../../core/failure.ts'

export class Digests {
  #words = new Uint32Array(4 * 1024)
  /** The index of the record + 1; 0 for an empty slot. */
  #owners = new Uint32Array(1024)
  #used = 0

  /** The index of the first record with this digest, of which 16 bytes count; `index` itself if the digest is new. */
  firstOf(digest: Buffer, index: number): number {
    if (this.#used * 3 >= this.#owners.length * 2) this.#grow()
    const [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readUInt32LE(at)) as [number, number, number, number]
    const slot = this.#find(a, b, c, d)
    const owner = this.#owners[slot]!
    if (owner !== 0) return owner - 1
    this.#words.set([a, b, c, d], slot * 4)
    this.#owners[slot] = index + 1
    this.#used++
    return index
  }

  /** Adds a digest, of which 16 bytes count. Returns whether it is new. Any number of digests fits that memory holds. */
  add(digest: Buffer): boolean {
    const used = this.#used
    this.firstOf(digest, 0)
    return this.#used > used
  }

  /** The slot of a digest, or the empty slot where it belongs. */
  #find(a: number, b: number, c: number, d: number): number {
    const words = this.#words
    const mask = this.#owners.length - 1
    let slot = a & mask
    while (this.#owners[slot] !== 0) {
      const at = slot * 4
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) break
      slot = (slot + 1) & mask
    }
    return slot
  }

  #grow(): void {
    const words = this.#words
    const owners = this.#owners
    try {
      this.#words = new Uint32Array(words.length * 2)
      this.#owners = new Uint32Array(owners.length * 2)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new StageError(
        'out-of-memory',
        `the digests of ${this.#used.toLocaleString('en-US')} different texts do not fit in memory`,
        'Use a filter of fixed size: dedup(bloom). It takes 2 to 4 bytes a document, and drops few documents that are no copies.',
      )
    }
    for (let slot = 0; slot < owners.length; slot++) {
      if (owners[slot] === 0) continue
      const at = slot * 4
      const to = this.#find(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!)
      this.#words.set(words.subarray(at, at + 4), to * 4)
      this.#owners[to] = owners[slot]!
    }
  }
}
