/** The weights of which a module reads only the values in bfloat16: processes that divide weights send each other no more of them. */

import type { Leaf, WithLeaves } from './leaves.ts'
import { usersOf, type Value } from './values.ts'

/** Those among `names`. The values have casts: see precision.ts. */
export function halvedWeights(all: WithLeaves, names: readonly string[]): string[] {
  const { values, outputs, leaves } = all
  const halved = new Set<string>()
  const full = new Set<string>()
  for (const [path, leaf] of leaves)
    for (const name of namesOf(leaf)) (computesInHalf(leaf) ? halved : full).add(`${path}.${name}`)
  const users = usersOf(all)
  const results = new Set(Object.values(outputs))
  for (const [i, value] of values.entries()) {
    if (value.op !== 'weight') continue
    const { name } = value.attributes
    for (const user of users[i]!) (readsHalf(values, users, user, i) ? halved : full).add(name)
    if (results.has(i)) full.add(name)
  }
  return names.filter((name) => halved.has(name) && !full.has(name))
}

function namesOf(leaf: Leaf): readonly string[] {
  return leaf.type === 'LoraLinear' ? ['weight', 'bias', 'lora_A.weight', 'lora_B.weight'] : ['weight', 'bias']
}

/** A module with one result for each token computes in float32, and so do normalizations. */
function computesInHalf(leaf: Leaf): boolean {
  return leaf.type === 'Embedding' || ((leaf.type === 'Linear' || leaf.type === 'LoraLinear') && leaf.to > 1)
}

/** Whether a value that reads a weight casts it to bfloat16, or what it takes from it. */
function readsHalf(
  values: readonly Value[],
  users: readonly (readonly number[])[],
  user: number,
  weight: number,
): boolean {
  const isHalfCast = (i: number) => {
    const value = values[i]!
    return value.op === 'cast' && value.attributes.to === 'bfloat16'
  }
  const { op, inputs } = values[user]!
  if (op === 'gather') return inputs[1] !== weight && users[user]!.every(isHalfCast)
  // The loss casts its table to the format of what it multiplies.
  if (op === 'linear_log_probability') return inputs.every((input, place) => input !== weight || place === 1)
  return isHalfCast(user)
}
