/** Initial weights that come from an earlier training. */

import type { Tensor } from '../../engine/engine.ts'
import type { ParameterSlot } from '../../engine/training-session.ts'
import type { WeightSpec } from '../../model/graph.ts'
import { initialize } from './initialize.ts'

/** Fills `flat` with the tensors of the same names. Weights without a tensor, such as a new head, are initialized by `seed`. */
export function warmStart(
  weights: readonly WeightSpec[],
  slots: readonly ParameterSlot[],
  flat: Float32Array,
  tensors: Readonly<Record<string, Tensor>>,
  seed: number,
): void {
  for (const { name, start } of slots) {
    const earlier = tensors[name]
    if (earlier !== undefined) flat.set(earlier.data, start)
  }
  const added = slots.filter(({ name }) => tensors[name] === undefined)
  initialize(weights, added, flat, seed)
}
