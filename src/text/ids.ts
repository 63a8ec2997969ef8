/** A growing array of token ids, to which encoders append without allocating memory for each document. */

export class Ids {
  /** The memory, of which the first `length` elements are ids. It is replaced when it grows. */
  data: Uint32Array
  length = 0

  constructor(capacity = 1024) {
    this.data = new Uint32Array(capacity)
  }

  push(id: number): void {
    if (this.length === this.data.length) this.reserve(1)
    this.data[this.length++] = id
  }

  /** Makes room for `count` more ids, so that the caller can write to `data` and raise `length`. */
  reserve(count: number): void {
    if (this.length + count <= this.data.length) return
    const grown = new Uint32Array(Math.max(this.length + count, 2 * this.data.length))
    grown.set(this.data.subarray(0, this.length))
    this.data = grown
  }

  clear(): void {
    this.length = 0
  }

  /** A copy of the ids. */
  slice(): Uint32Array {
    return this.data.slice(0, this.length)
  }
}
