/** A set of whole numbers below a known size, as bits: there may be more than 2^32 of them. */

export class Marks {
  readonly #bits: Uint32Array
  readonly size: number

  constructor(size: number) {
    this.size = size
    this.#bits = new Uint32Array(Math.ceil(size / 32))
  }

  add(number: number): void {
    this.#bits[Math.floor(number / 32)]! |= 1 << (number & 31)
  }

  has(number: number): boolean {
    return (this.#bits[Math.floor(number / 32)]! & (1 << (number & 31))) !== 0
  }

  /** The numbers in the set, ascending. */
  *all(): Generator<number> {
    for (const [word, bits] of this.#bits.entries())
      if (bits !== 0) for (let bit = 0; bit < 32; bit++) if ((bits & (1 << bit)) !== 0) yield word * 32 + bit
  }
}
