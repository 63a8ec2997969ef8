/** All weights of a model in one array: what the optimizer, checkpoints and engines share without copies. */

import type { Tensor } from '../../engine/engine.ts'
import type { ParameterSlot } from '../../engine/training-session.ts'
import { bind } from '../../model/bind.ts'
import type { WeightSpec } from '../../model/graph.ts'
import { sizeOf } from '../../model/shape.ts'
import type { ModelSpec } from '../../model/spec.ts'

/** Weights begin at multiples of this many numbers: a cache line, which also suits the kernels' groups of four. */
const alignment = 16

/** Where each weight stands: those that decay first, each group in the order of the model. Numbers between them stay 0. */
export function layOut(weights: readonly WeightSpec[]): readonly ParameterSlot[] {
  const ordered = [...weights.filter((weight) => weight.decay), ...weights.filter((weight) => !weight.decay)]
  let start = 0
  return ordered.map(({ name, shape, decay }) => {
    const size = sizeOf(shape)
    const slot = { name, shape: shape as readonly number[], start, size, decay }
    start += Math.ceil(size / alignment) * alignment
    return slot
  })
}

/** How many numbers an array laid out so has. */
export function spanOf(slots: readonly ParameterSlot[]): number {
  return slots.reduce((_, { start, size }) => start + Math.ceil(size / alignment) * alignment, 0)
}

/** How many of those numbers, from the first on, decay. */
export function decayedSpan(slots: readonly ParameterSlot[]): number {
  return spanOf(slots.filter((slot) => slot.decay))
}

/** How many parameters the slots hold. */
export function parameterCount(slots: readonly ParameterSlot[]): number {
  return slots.reduce((sum, slot) => sum + slot.size, 0)
}

/** The tensors of an array laid out so, by `prefix` and name; they share its memory. */
export function views(slots: readonly ParameterSlot[], flat: Float32Array, prefix = ''): Record<string, Tensor> {
  return Object.fromEntries(
    slots.map(({ name, shape, start, size }) => [
      `${prefix}${name}`,
      { dtype: 'float32', shape, data: flat.subarray(start, start + size) } as const,
    ]),
  )
}

/** The weights of a model in one array. */
export function flatten(
  model: ModelSpec,
  tensors: Readonly<Record<string, Tensor>>,
  vocab: number,
): { readonly slots: readonly ParameterSlot[]; readonly parameters: Float32Array } {
  const slots = layOut(bind(model.graph, { vocab }).weights)
  const parameters = new Float32Array(spanOf(slots))
  for (const { name, start } of slots) parameters.set(tensors[name]!.data, start)
  return { slots, parameters }
}
