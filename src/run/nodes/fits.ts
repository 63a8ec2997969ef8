/**
 * Whether the record of an action fits a node. The key of a record says what the action consumed, but nothing vouches for what it produced: a
 * record from elsewhere may have other outputs, or none, and still be consistent.
 */

import type { ArtefactKind, Key } from '../../core/artefact.ts'
import type { PlanNode } from '../../core/plan.ts'
import { reportDamage } from '../../store/damage.ts'
import type { Action, Store } from '../../store/store.ts'

/** The files that every artefact of a kind has. */
const requiredFiles: Readonly<Partial<Record<ArtefactKind, readonly string[]>>> = {
  Tokenizer: ['tokenizer.json'],
  Tokens: ['tokens.bin', 'meta.json'],
  Weights: ['model.safetensors'],
  Reward: ['model.safetensors'],
}

/** The record under a key, if it fits the node. Any other record is reported and moved aside. */
export async function lookUpFor(
  node: Pick<PlanNode, 'name' | 'kind' | 'outputs'>,
  key: Key,
  store: Store,
): Promise<Action | undefined> {
  const action = await store.lookup(key)
  const wrong = action && misfit(node, action)
  if (wrong === undefined) return action
  reportDamage(`the record ${key.slice(0, 12)} does not fit the stage ${node.name} and is ignored: ${wrong}`)
  store.reject(key)
  return undefined
}

/** Why a record does not fit a node; `undefined` if it fits. */
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
    const lacks = requiredFiles[type.kind]?.find((file) => !output.files.some(({ path }) => path === file))
    if (lacks !== undefined) return `its output ${name} lacks ${lacks}`
  }
  return undefined
}
