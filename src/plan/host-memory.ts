/** Estimates the memory of a training on this machine, by purpose. */

import type { Cost } from '../model/estimates/cost.ts'

/** Bytes, by purpose. */
export interface HostMemory {
  readonly weights: number
  readonly gradients: number
  /** The two moments of AdamW. */
  readonly optimizer: number
  readonly activations: number
  /** Of the process itself. */
  readonly runtime: number
}

/** Node with the code of llmpipe and the library of ONNX Runtime, measured. */
const runtime = 0.3e9

/**
 * The memory of a training. ONNX Runtime 1.30 hands the gradients over as a copy, which lives beside them until the next step, and takes up to
 * twice the activations, measured with GPT-2 of 124 and 355 million parameters: docs/decisions/optimizer.md.
 */
export function hostMemory({ learned, memory }: Cost, engine: unknown): HostMemory {
  const { weights, optimizer } = memory
  const gradients = 4 * learned
  const activations = memory.activations - gradients
  if (engine !== 'onnx') return { weights, gradients, optimizer, activations, runtime }
  return { weights, gradients: 2 * gradients, optimizer, activations: 2 * activations, runtime }
}

export function totalBytes(memory: HostMemory): number {
  return Object.values(memory).reduce((sum, bytes) => sum + bytes, 0)
}
