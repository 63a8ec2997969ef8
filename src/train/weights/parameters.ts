/** All weights of a model in one array, which the optimizer, checkpoints and engines share without copies. */

import type { Tensor, Tensors } from '../../engine/engine.ts'
import { endOf, type ParameterSlot, spanOf } from '../../engine/training-session.ts'
import { bind } from '../../model/bind.ts'
import type { WeightSpec } from '../../model/graph.ts'
import { sizeOf } from '../../model/shape.ts'
import type { ModelSpec } from '../../model/spec.ts'

/** The slots of weights: those that decay come first, each group in the order of the model. Numbers between slots stay 0. */
export function layOut(weights: readonly WeightSpec[]): readonly ParameterSlot[] {
  const ordered = [...weights.filter((weight) => weight.decay), ...weights.filter((weight) => !weight.decay)]
  let start = 0
  return ordered.map(({ name, shape, decay }) => {
    const size = sizeOf(shape)
    const slot = { name, shape: shape as readonly number[], start, size, decay }
    start = endOf(slot)
    return slot
  })
}

/** The number of parameters in the slots. */
export function parameterCount(slots: readonly ParameterSlot[]): number {
  return slots.reduce((sum, slot) => sum + slot.size, 0)
}

/** The number of parameters in tensors. */
export function parametersIn(tensors: Tensors): number {
  return Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0)
}

/** The tensors of an array with these slots, by `prefix` and name; they share its memory. */
export function views(slots: readonly ParameterSlot[], flat: Float32Array, prefix = ''): Record<string, Tensor> {
  return Object.fromEntries(
    slots.map(({ name, shape, start, size }) => [
      `${prefix}${name}`,
      { dtype: 'float32', shape, data: flat.subarray(start, start + size) } as const,
    ]),
  )
}

/** Copies the weights of a model into one array. */
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
