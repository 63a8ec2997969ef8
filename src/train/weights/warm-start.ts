/** Weights that begin where another training ended. */

import type { Tensor } from '../../engine/engine.ts'
import type { ParameterSlot } from '../../engine/training-session.ts'
import type { WeightSpec } from '../../model/graph.ts'
import { initialize } from './initialize.ts'

/** Fills `flat` with the tensors of the same names; what has none, such as a new head, is initialized by `seed`. */
export function warmStart(
  weights: readonly WeightSpec[],
  slots: readonly ParameterSlot[],
  flat: Float32Array,
  tensors: Readonly<Record<string, Tensor>>,
  seed: number,
): void {
  for (const { name, start } of slots) {
    const there = tensors[name]
    if (there !== undefined) flat.set(there.data, start)
  }
  const fresh = slots.filter(({ name }) => tensors[name] === undefined)
  initialize(weights, fresh, flat, seed)
}
