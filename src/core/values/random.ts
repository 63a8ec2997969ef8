/**
 * The one source of randomness: Philox4x32-10, a counter-based generator (Salmon et al. 2011, "Parallel random numbers: as easy
 * as 1, 2, 3"). Its state is a key and a counter, so any part of a run can be drawn again alone: the batch of step 7,000
 * does not need the 6,999 before it.
 */

import { createHash } from 'node:crypto'

const multiplier0 = 0xd2511f53
const multiplier1 = 0xcd9e8d57
const weyl0 = 0x9e3779b9
const weyl1 = 0xbb67ae85

/** The high 32 bits of a product of two 32-bit numbers. */
function high(a: number, b: number): number {
  const a0 = a & 0xffff
  const a1 = a >>> 16
  const b0 = b & 0xffff
  const b1 = b >>> 16
  const low = a0 * b0
  const middle = a1 * b0 + (low >>> 16)
  const other = a0 * b1 + (middle & 0xffff)
  return a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)
}

/** Ten rounds: the four 32-bit words at a counter of four words, under a key of two; written to `out`. */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array<ArrayBuffer> = new Uint32Array(4),
): Uint32Array<ArrayBuffer> {
  for (let round = 0; round < 10; round++) {
    const high0 = high(multiplier0, c0)
    const low0 = Math.imul(multiplier0, c0)
    const high1 = high(multiplier1, c2)
    const low1 = Math.imul(multiplier1, c2)
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1 >>> 0
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0 >>> 0
    k0 = (k0 + weyl0) >>> 0
    k1 = (k1 + weyl1) >>> 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
  return out
}

/**
 * A stream of random numbers, fixed by a seed, a purpose (`weights`, `batches`) and a step; streams that differ in any of the
 * three are independent.
 */
export class Random {
  readonly #key0: number
  readonly #key1: number
  readonly #step: number
  readonly #stepHigh: number
  #block = 0
  #used = 4
  readonly #words = new Uint32Array(4)
  #spare: number | undefined

  /** `step` is an integer of at most 53 bits; `seed` likewise. */
  constructor(seed: number, purpose: string, step = 0) {
    const hash = createHash('sha256').update(`${seed}\n${purpose}`).digest()
    this.#key0 = hash.readUInt32LE(0)
    this.#key1 = hash.readUInt32LE(4)
    this.#step = step >>> 0
    this.#stepHigh = Math.floor(step / 2 ** 32)
  }

  /** 32 random bits. */
  bits(): number {
    if (this.#used === 4) {
      const block = this.#block++
      philox(block >>> 0, Math.floor(block / 2 ** 32), this.#step, this.#stepHigh, this.#key0, this.#key1, this.#words)
      this.#used = 0
    }
    return this.#words[this.#used++]!
  }

  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number {
    const top = this.bits() >>> 5
    return (top * 0x4000000 + (this.bits() >>> 6)) / 2 ** 53
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare
      this.#spare = undefined
      return spare
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    this.#spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /** An integer from 0 to `n` − 1, all equally likely; `n` from 1 to 2^53. */
  below(n: number): number {
    if (!(n >= 1 && n <= 2 ** 53)) throw new RangeError(`below(${n})`)
    if (n <= 2 ** 32) {
      // Lemire 2019: the high word of a product, drawn again in the few cases that would favor some.
      const threshold = 2 ** 32 % n
      for (;;) {
        const bits = this.bits()
        if (n === 2 ** 32) return bits
        if (Math.imul(bits, n) >>> 0 >= threshold) return high(bits, n)
      }
    }
    const limit = 2 ** 53 - (2 ** 53 % n)
    for (;;) {
      const draw = (this.bits() >>> 11) * 2 ** 32 + this.bits()
      if (draw < limit) return draw % n
    }
  }

  /** The numbers 0 to `n` − 1 in random order (Fisher and Yates). */
  permutation(n: number): Uint32Array<ArrayBuffer> {
    const order = Uint32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const held = order[i]!
      order[i] = order[j]!
      order[j] = held
    }
    return order
  }
}
