/** Numbers byte strings in the order of first occurrence: the words of a trainer, and the keys of an encoder's cache. */

export class Pieces {
  /** The number of different pieces, whose numbers are 0 to count − 1. */
  count = 0
  /** The number of the piece in each slot of the open-addressing table, + 1; 0 for a free slot. The number of slots is a power of two. */
  #slots = new Int32Array(1 << 12)
  #hashes = new Int32Array(1 << 11)
  #ends = new Uint32Array(1 << 11)
  #bytes = new Uint8Array(1 << 14)

  /** The number of the piece `bytes[start, end)`. An unknown piece gets a new number, the former `count`. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end)
    const slot = this.#slotOf(hash, bytes, start, end)
    const entry = this.#slots[slot]!
    if (entry !== 0) return entry - 1
    this.#slots[slot] = this.count + 1
    return this.#append(hash, bytes, start, end)
  }

  /** The number of a piece; −1 if it is unknown. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#slots[this.#slotOf(hashOf(bytes, start, end), bytes, start, end)]! - 1
  }

  /** The position of a piece's bytes in `bytes`. */
  start(piece: number): number {
    return piece === 0 ? 0 : this.#ends[piece - 1]!
  }

  end(piece: number): number {
    return this.#ends[piece]!
  }

  /** The bytes of all pieces. The array is replaced when it grows. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** The number of bytes of all pieces. */
  get byteLength(): number {
    return this.count === 0 ? 0 : this.#ends[this.count - 1]!
  }

  clear(): void {
    this.#slots.fill(0)
    this.count = 0
  }

  /** The slot that holds a piece, or the free slot where it belongs. */
  #slotOf(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1, bytes, start, end)) break
      slot = (slot + 1) & mask
    }
    return slot
  }

  #equals(piece: number, bytes: Uint8Array, start: number, end: number): boolean {
    const own = piece === 0 ? 0 : this.#ends[piece - 1]!
    if (this.#ends[piece]! - own !== end - start) return false
    const all = this.#bytes
    for (let i = start, j = own; i < end; i++, j++) if (all[j] !== bytes[i]) return false
    return true
  }

  #append(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const piece = this.count++
    const from = piece === 0 ? 0 : this.#ends[piece - 1]!
    const to = from + end - start
    if (to > this.#bytes.length) this.#bytes = grown(this.#bytes, to)
    for (let i = start, j = from; i < end; i++, j++) this.#bytes[j] = bytes[i]!
    if (piece === this.#ends.length) {
      this.#ends = grown(this.#ends, this.count)
      this.#hashes = grown(this.#hashes, this.count)
    }
    this.#ends[piece] = to
    this.#hashes[piece] = hash
    if (2 * this.count > this.#slots.length) this.#rehash()
    return piece
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length)
    const mask = slots.length - 1
    for (let piece = 0; piece < this.count; piece++) {
      let slot = this.#hashes[piece]! & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = piece + 1
    }
    this.#slots = slots
  }
}

/** FNV-1a. Its high bits are folded into the low bits, which choose the slot. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return hash ^ (hash >>> 15)
}

/** A copy of an array, twice as long, or `length` long if that is more. */
export function grown<A extends Uint8Array | Int32Array | Uint32Array | Float64Array>(array: A, length: number): A {
  const larger = new (array.constructor as new (length: number) => A)(Math.max(length, 2 * array.length))
  larger.set(array)
  return larger
}
