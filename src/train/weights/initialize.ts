/** Initial weights. */

import { Random } from '../../core/values/random.ts'
import type { ParameterSlot } from '../../engine/training-session.ts'
import type { WeightSpec } from '../../model/graph.ts'

/**
 * Fills `flat` with initial weights. Each weight has a random stream of its own, by its name, so that adding a layer does not change the others.
 */
export function initialize(
  weights: readonly WeightSpec[],
  slots: readonly ParameterSlot[],
  flat: Float32Array,
  seed: number,
): void {
  const specs = new Map(weights.map((weight) => [weight.name, weight]))
  for (const { name, start, size } of slots) {
    const { init } = specs.get(name)!
    const target = flat.subarray(start, start + size)
    const random = new Random(seed, `weight ${name}`)
    if (init.type === 'constant') target.fill(init.value)
    else if (init.type === 'normal') for (let i = 0; i < size; i++) target[i] = random.normal() * init.deviation
    else for (let i = 0; i < size; i++) target[i] = (2 * random.uniform() - 1) * init.bound
  }
}
