/** AdamW (Loshchilov and Hutter 2019), over parameters in one array. */

export interface AdamWSettings {
  readonly lr: number
  readonly betas: readonly [number, number]
  readonly eps: number
  readonly weight_decay: number
}

export interface Moments {
  readonly first: Float32Array
  readonly second: Float32Array
}

/**
 * One step, in place, in PyTorch's order of operations: θ ← θ·(1 − lr·λ) for the first `decayed` parameters, then
 * θ ← θ − lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε), with `gradients` times `scale`.
 *
 * `step` counts from 1; `lr` is the learning rate at this step.
 */
export function adamw(
  parameters: Float32Array,
  gradients: Float32Array,
  { first, second }: Moments,
  { betas: [beta1, beta2], eps, weight_decay }: AdamWSettings,
  { step, lr, decayed, scale }: { step: number; lr: number; decayed: number; scale: number },
): void {
  const correction1 = lr / (1 - beta1 ** step)
  const correction2 = 1 / Math.sqrt(1 - beta2 ** step)
  const keep = 1 - lr * weight_decay
  const rest1 = 1 - beta1
  const rest2 = 1 - beta2
  const size = parameters.length
  for (let i = 0; i < size; i++) {
    const gradient = gradients[i]! * scale
    const m = beta1 * first[i]! + rest1 * gradient
    const v = beta2 * second[i]! + rest2 * gradient * gradient
    first[i] = m
    second[i] = v
    const kept = i < decayed ? parameters[i]! * keep : parameters[i]!
    parameters[i] = kept - (correction1 * m) / (Math.sqrt(v) * correction2 + eps)
  }
}

/** The Euclidean norm of all gradients together, summed in double precision in the order of the array. */
export function globalNorm(gradients: Float32Array): number {
  let sum = 0
  for (let i = 0; i < gradients.length; i++) sum += gradients[i]! * gradients[i]!
  return Math.sqrt(sum)
}
