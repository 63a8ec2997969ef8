/** A table that numbers n-grams by their hashes, in the order in which they are added. */

import { mixed } from './word-hashes.ts'

/** The bits of the filter for each slot of the table. */
const filterBits = 8

/**
 * Takes 12 bytes a slot and one more for a filter, a bit for each hash, which answers for most n-grams that the table does not have and is small enough to
 * stay in the caches of the processor.
 */
export class NgramTable {
  #low = new Int32Array(1024)
  #high = new Int32Array(1024)
  /** The number of the n-gram + 1; 0 for an empty slot. */
  #ids = new Int32Array(1024)
  #filter = new Int32Array((1024 * filterBits) / 32)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Adds an n-gram. Returns its number. */
  add(low: number, high: number): number {
    if (this.#size * 2 >= this.#ids.length) this.#grow()
    const slot = this.#slotOf(low, high)
    const known = this.#ids[slot]!
    if (known !== 0) return known - 1
    this.#put(slot, low, high, ++this.#size)
    return this.#size - 1
  }

  /** The number of an n-gram; −1 if the table does not have it. */
  find(low: number, high: number): number {
    const bit = mixed(low ^ high) & (this.#filter.length * 32 - 1)
    if ((this.#filter[bit >>> 5]! & (1 << (bit & 31))) === 0) return -1
    return this.#ids[this.#slotOf(low, high)]! - 1
  }

  #put(slot: number, low: number, high: number, id: number): void {
    this.#low[slot] = low
    this.#high[slot] = high
    this.#ids[slot] = id
    const bit = mixed(low ^ high) & (this.#filter.length * 32 - 1)
    this.#filter[bit >>> 5]! |= 1 << (bit & 31)
  }

  /** The slot of an n-gram, or the empty slot where it belongs. */
  #slotOf(low: number, high: number): number {
    const mask = this.#ids.length - 1
    let slot = mixed(low) & mask
    while (this.#ids[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high)) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const [low, high, ids] = [this.#low, this.#high, this.#ids]
    const slots = ids.length * 2
    this.#low = new Int32Array(slots)
    this.#high = new Int32Array(slots)
    this.#ids = new Int32Array(slots)
    this.#filter = new Int32Array((slots * filterBits) / 32)
    for (let slot = 0; slot < ids.length; slot++)
      if (ids[slot] !== 0) this.#put(this.#slotOf(low[slot]!, high[slot]!), low[slot]!, high[slot]!, ids[slot]!)
  }
}
