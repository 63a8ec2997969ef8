/**
 * Whether a record is one of a node. Its key says what it was made of, but nothing says what came of it: a record from elsewhere may
 * have other outputs, or none, and still agree with itself.
 */

import type { ArtefactKind, Key } from '../core/artefact.ts'
import type { PlanNode } from '../core/plan.ts'
import { sayDamage } from '../store/damage.ts'
import type { Action, Store } from '../store/store.ts'

/** Files without which an artefact of a kind is none. */
const needed: Readonly<Partial<Record<ArtefactKind, readonly string[]>>> = {
  Tokenizer: ['tokenizer.json'],
  Tokens: ['tokens.bin', 'meta.json'],
  Weights: ['model.safetensors'],
  Reward: ['model.safetensors'],
}

/** The record under a key, if it is one of the node; any other is moved aside and said. */
export async function lookUpFor(
  node: Pick<PlanNode, 'name' | 'kind' | 'outputs'>,
  key: Key,
  store: Store,
): Promise<Action | undefined> {
  const action = await store.lookup(key)
  const wrong = action && misfit(node, action)
  if (wrong === undefined) return action
  sayDamage(`the record ${key.slice(0, 12)} is not one of ${node.name}: ${wrong}; it counts as not there`)
  store.reject(key)
  return undefined
}

/** What is wrong with a record for a node; `undefined` if it fits. */
export function misfit(
  { kind, outputs }: Pick<PlanNode, 'kind' | 'outputs'>,
  action: Pick<Action, 'node' | 'outputs'>,
): string | undefined {
  if (action.node.kind !== kind) return `it is of a stage of the kind ${action.node.kind}`
  const names = Object.keys(action.outputs)
  const extra = names.find((name) => !outputs.some((output) => output.name === name))
  if (extra !== undefined) return `it has an output ${extra}, which this stage does not have`
  for (const { name, type } of outputs) {
    const output = Object.hasOwn(action.outputs, name) ? action.outputs[name] : undefined
    if (output === undefined) return `it lacks the output ${name}`
    if (output.kind !== type.kind) return `its output ${name} is of the kind ${output.kind}, not ${type.kind}`
    const lacks = needed[type.kind]?.find((file) => !output.files.some(({ path }) => path === file))
    if (lacks !== undefined) return `its output ${name} lacks ${lacks}`
  }
  return undefined
}
