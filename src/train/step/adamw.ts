/**
 * AdamW (Loshchilov and Hutter 2019) on the host, over all parameters at once. Weights, gradients and moments are in WebAssembly memories,
 * so that the kernels reach them without a copy; engines see ordinary arrays. Why: docs/decisions/optimizer.md.
 */

import type { Tensor, Tensors } from '../../engine/engine.ts'
import type { AdamWSettings, ParameterSlot } from '../../engine/training-session.ts'
import { decayedSpan, endOf, spanOf } from '../../engine/training-session.ts'
import { Bank, bankCapacity } from './bank.ts'

type ArrayName = 'weights' | 'gradients' | 'first' | 'second'

export class AdamW {
  readonly #banks: readonly { readonly slots: readonly ParameterSlot[]; readonly bank: Bank }[]
  readonly #settings: AdamWSettings

  /** For the slots that layOut gave. `capacity` is the most numbers of a bank, for tests. */
  constructor(slots: readonly ParameterSlot[], settings: AdamWSettings, capacity = bankCapacity) {
    this.#settings = settings
    this.#banks = dividedAmongBanks(slots, capacity).map((own) => ({
      slots: own,
      bank: new Bank(spanOf(own), decayedSpan(own), capacity),
    }))
  }

  /** The weights, gradients or moments of all slots, by `prefix` and name. They share the memory of the optimizer. */
  tensors(array: ArrayName, prefix = ''): Tensors {
    return Object.fromEntries(
      this.#banks.flatMap(({ slots, bank }) =>
        slots.map(({ name, shape, start, size }): [string, Tensor] => [
          `${prefix}${name}`,
          { dtype: 'float32', shape, data: bank[array].subarray(start, start + size) },
        ]),
      ),
    )
  }

  /** The pieces of an array in the layout of the slots, in their order. */
  pieces(array: ArrayName): readonly Float32Array[] {
    return this.#banks.map(({ bank }) => bank[array])
  }

  /** Sets the gradients to 0. */
  clear(): void {
    for (const { bank } of this.#banks) bank.gradients.fill(0)
  }

  /** The Euclidean norm of all gradients together, summed in double precision, in an order that does not depend on threads or banks. */
  norm(): number {
    const sums = new Float64Array(4)
    for (const { bank } of this.#banks) bank.addSquares(sums)
    const [a, b, c, d] = sums as unknown as [number, number, number, number]
    return Math.sqrt(a + c + (b + d))
  }

  /**
   * Takes one step, in PyTorch's order of operations: θ ← θ·(1 − lr·λ) for parameters that decay, then
   * θ ← θ − lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε), with the gradients multiplied by `scale`.
   *
   * `step` is t, counted from 1; `lr` is the learning rate of this step.
   */
  update(step: number, lr: number, scale: number): void {
    const { betas, eps, weight_decay } = this.#settings
    const [beta1, beta2] = betas as [number, number]
    const rate = lr / (1 - beta1 ** step)
    const correction = 1 / Math.sqrt(1 - beta2 ** step)
    const before = [scale, beta1, 1 - beta1, beta2, 1 - beta2]
    const scalars = { before, keep: [1 - lr * weight_decay, 1], after: [rate, correction, eps] } as const
    for (const { bank } of this.#banks) bank.step(scalars)
  }
}

/** The slots of each bank in their order, with their places in it: as many as it holds, or one that is larger. */
function dividedAmongBanks(slots: readonly ParameterSlot[], capacity: number): readonly (readonly ParameterSlot[])[] {
  const banks: ParameterSlot[][] = []
  let end = Number.POSITIVE_INFINITY
  for (const slot of slots) {
    const size = endOf({ start: 0, size: slot.size })
    if (end + size > capacity) {
      banks.push([])
      end = 0
    }
    banks.at(-1)!.push({ ...slot, start: end })
    end += size
  }
  return banks
}

/** The factor that scales gradients of this norm down to `maxNorm` if they are longer, as PyTorch's clip_grad_norm_ computes it. */
export function clipFactor(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6))
}
