/**
 * A bank of AdamW: weights, gradients and both moments of some slots in one WebAssembly memory, which the kernels reach without a copy. A
 * memory has 32-bit addresses, so a larger model has several banks. A slot that no memory holds has ordinary arrays, which are copied to the
 * memory in parts: that takes two to three times as long.
 */

import { kernelsIn, memoryOf } from '../../core/web-assembly.ts'
import { kernels } from './kernels.generated.ts'

interface Kernels {
  squares(x: number, count: number, sums: number): void
  adamw(w: number, gradient: number, m: number, v: number, count: number, ...scalars: number[]): void
}

/** The most numbers of a bank in one memory: four arrays of 4 bytes each, and a page for the sums, in 4 GiB. */
export const bankCapacity = 2 ** 28 - 4096

/** Numbers that are copied at once: four arrays of them fit the cache of a core. */
const part = 16_384

/** The scalars of a step, as the kernel takes them, and for weights that decay and others the factor that they keep. */
export interface StepScalars {
  readonly before: readonly number[]
  readonly keep: readonly [decayed: number, other: number]
  readonly after: readonly number[]
}

export class Bank {
  readonly weights: Float32Array<ArrayBuffer>
  /** The gradients of a step, summed over its batches. */
  readonly gradients: Float32Array<ArrayBuffer>
  /** The running mean of the gradients. */
  readonly first: Float32Array<ArrayBuffer>
  /** The running mean of their squares. */
  readonly second: Float32Array<ArrayBuffer>
  readonly #decayed: number
  readonly #kernels: Kernels
  /** In the memory: σ x² of each lane. */
  readonly #sums: Float64Array
  /** Where parts are copied to; `undefined` if the arrays are in the memory themselves. */
  readonly #copies: readonly Float32Array[] | undefined

  /** For `size` numbers, a multiple of 16, of which the first `decayed` decay. */
  constructor(size: number, decayed: number, capacity = bankCapacity) {
    const isWithin = size <= capacity
    const held = isWithin ? size : part
    const memory = memoryOf(4 * held * 4 + 65_536)
    const within = [0, 1, 2, 3].map((place) => new Float32Array(memory.buffer, place * held * 4, held))
    const arrays = isWithin ? within : within.map(() => new Float32Array(size))
    const [weights, gradients, first, second] = arrays as [Float32Array<ArrayBuffer>, ...Float32Array<ArrayBuffer>[]]
    this.weights = weights
    this.gradients = gradients!
    this.first = first!
    this.second = second!
    this.#copies = isWithin ? undefined : within
    this.#sums = new Float64Array(memory.buffer, 4 * held * 4, 4)
    this.#decayed = decayed
    this.#kernels = kernelsIn(kernels, memory)
  }

  /** Adds the squares of the gradients to four sums in double precision. */
  addSquares(sums: Float64Array): void {
    this.#sums.set(sums)
    this.#inParts([this.gradients], [0, this.gradients.length], ([gradients], count) =>
      this.#kernels.squares(gradients!, count, this.#sums.byteOffset),
    )
    sums.set(this.#sums)
  }

  /** Takes one step. */
  step({ before, keep: [decayed, other], after }: StepScalars): void {
    const arrays = [this.weights, this.gradients, this.first, this.second]
    const update = (from: number, to: number, keep: number) =>
      this.#inParts(arrays, [from, to], (places, count) => {
        const [w, gradient, m, v] = places as [number, number, number, number]
        this.#kernels.adamw(w, gradient, m, v, count, ...before, keep, ...after)
      })
    update(0, this.#decayed, decayed)
    update(this.#decayed, this.weights.length, other)
  }

  /** Runs a kernel over a range of arrays, with their addresses in the memory: at once, or in parts that are copied there and back. */
  #inParts(
    arrays: readonly Float32Array[],
    [from, to]: readonly [number, number],
    run: (addresses: readonly number[], count: number) => void,
  ): void {
    const copies = this.#copies
    if (copies === undefined) {
      const addresses = arrays.map((array) => array.byteOffset + 4 * from)
      run(addresses, to - from)
      return
    }
    for (let at = from; at < to; at += part) {
      const count = Math.min(part, to - at)
      for (const [i, array] of arrays.entries()) copies[i]!.set(array.subarray(at, at + count))
      const addresses = arrays.map((_, i) => copies[i]!.byteOffset)
      run(addresses, count)
      for (const [i, array] of arrays.entries()) array.set(copies[i]!.subarray(0, count), at)
    }
  }
}
