/**
 * AdamW (Loshchilov and Hutter 2019) on the host, over all parameters at once. Weights, gradients and moments are in one WebAssembly
 * memory, so that the kernels reach them without a copy; engines see ordinary arrays. Why: docs/decisions/optimizer.md.
 */

import { StageError } from '../../core/failure.ts'
import type { AdamWSettings } from '../../engine/training-session.ts'
import { kernels } from './kernels.generated.ts'

/** Node's types do not declare WebAssembly: those of browsers do. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: { env: { memory: object } }) => { readonly exports: object }
}

interface Kernels {
  squares(x: number, count: number): number
  adamw(w: number, gradient: number, m: number, v: number, count: number, ...scalars: number[]): void
}

export class AdamW {
  readonly weights: Float32Array<ArrayBuffer>
  /** The gradients of a step, summed over its batches. */
  readonly gradients: Float32Array<ArrayBuffer>
  /** The running mean of the gradients. */
  readonly first: Float32Array<ArrayBuffer>
  /** The running mean of their squares. */
  readonly second: Float32Array<ArrayBuffer>
  readonly #settings: AdamWSettings
  readonly #decayed: number
  readonly #kernels: Kernels

  /** For `size` numbers, a multiple of 16, of which the first `decayed` decay: the spans of slots that layOut gave. */
  constructor(size: number, decayed: number, settings: AdamWSettings) {
    const pages = Math.ceil((4 * size * 4) / 65_536)
    if (pages > 65_536) {
      throw new StageError(
        'too-large',
        `the model has ${size.toLocaleString('en-US')} parameters; training on a CPU holds at most 268 million`,
        'Make the model smaller: fewer layers, or a smaller dim or vocabulary.',
      )
    }
    // The memory never grows: growing would detach the arrays.
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    const array = (place: number) => new Float32Array(memory.buffer, place * size * 4, size)
    this.weights = array(0)
    this.gradients = array(1)
    this.first = array(2)
    this.second = array(3)
    this.#settings = settings
    this.#decayed = decayed
    const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(kernels, 'base64')), {
      env: { memory },
    })
    this.#kernels = instance.exports as Kernels
  }

  /** Sets the gradients to 0. */
  clear(): void {
    this.gradients.fill(0)
  }

  /** The Euclidean norm of all gradients together, summed in double precision, in an order that does not depend on threads. */
  norm(): number {
    return Math.sqrt(this.#kernels.squares(this.gradients.byteOffset, this.gradients.length))
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
    const update = (from: number, count: number, keep: number) => {
      const at = (array: Float32Array) => array.byteOffset + 4 * from
      const rate = lr / (1 - beta1 ** step)
      const correction = 1 / Math.sqrt(1 - beta2 ** step)
      const scalars = [scale, beta1, 1 - beta1, beta2, 1 - beta2, keep, rate, correction, eps]
      this.#kernels.adamw(at(this.weights), at(this.gradients), at(this.first), at(this.second), count, ...scalars)
    }
    update(0, this.#decayed, 1 - lr * weight_decay)
    update(this.#decayed, this.weights.length - this.#decayed, 1)
  }
}

/** The factor that scales gradients of this norm down to `maxNorm` if they are longer, as PyTorch's clip_grad_norm_ computes it. */
export function clipFactor(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6))
}
