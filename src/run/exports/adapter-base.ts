/**
 * The model that an exported adapter is added to. Weights from a folder of Hugging Face keep the name of that folder's model through every training,
 * and an adapter's configuration names it; but an adapter fits only the weights that it was learned on.
 */

import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { OutputRef, Plan, PlanNode } from '../../core/plan.ts'
import type { JsonObject } from '../../core/values/json.ts'
import type { Action, Store } from '../../store/store.ts'

const configFile = 'adapter_config.json'
/** The layouts that have an adapter's configuration. */
const layouts: ReadonlySet<string> = new Set(['peft', 'files'])

/** A file of an export in other words than those of the artefact, and a sentence that says why. */
export interface Replaced {
  readonly files: Readonly<Record<string, string>>
  readonly note: string
}

/**
 * The configuration of the adapter that `node` exports, alone as peft or beside its weights, without the name of a base that it does not fit.
 * `undefined` if there is nothing to replace.
 */
export function withoutWrongBase(
  node: PlanNode,
  plan: Plan,
  actions: ReadonlyMap<string, Action>,
  store: Store,
): Replaced | undefined {
  const output = actions.get(node.id)?.outputs.out
  const base = layouts.has(String(node.params.as)) ? trainedBase(node, plan, actions) : undefined
  if (output === undefined || base === undefined) return undefined
  const path = join(store.artefact(output).path, configFile)
  if (!existsSync(path)) return undefined
  const config = JSON.parse(readFileSync(path, 'utf8')) as JsonObject
  const named = config.base_model_name_or_path
  if (typeof named !== 'string') return undefined
  const text = `${JSON.stringify({ ...config, base_model_name_or_path: null }, null, 1)}\n`
  const learned = `the adapter was learned on the weights of \`${base}\`, not on ${named} as it came`
  const note = `${learned}: ${configFile} names no base; \`export ${base} to "…" as hf\` writes it`
  return { files: { [configFile]: text }, note }
}

/**
 * The stage whose weights the adapter that `node` exports was learned on. `undefined` if they are those of a folder of Hugging Face as they came, or if
 * the plan does not say what they are. `actions` has the records of the nodes before.
 */
export function trainedBase(node: PlanNode, plan: Plan, actions: ReadonlyMap<string, Action>): string | undefined {
  const nodes = new Map(plan.nodes.map((each) => [each.id, each]))
  const nodeAt = (ref: OutputRef | undefined) => ref && nodes.get(ref.node)
  /** `best` returns one of its inputs: the one of its digest. */
  const chosen = (at: PlanNode | undefined): PlanNode | undefined => {
    if (at?.kind !== 'best') return at
    const digest = actions.get(at.id)?.outputs.out?.digest
    const ref = at.inputs.of?.find((each) => actions.get(each.node)?.outputs[each.output]?.digest === digest)
    return chosen(nodeAt(ref))
  }
  let at = chosen(nodeAt(node.inputs.of?.[0]))
  if (at === undefined || !keepsAdapter(at)) return undefined
  // An adapter that was learned beside another is saved with it as one, beside the weights below both.
  while (at !== undefined && keepsAdapter(at)) at = chosen(nodeAt(at.inputs.weights?.[0]))
  if (at === undefined) return undefined
  const isAsItCame = at.kind === 'weights' && isOfFolder(actions.get(at.id))
  return isAsItCame ? undefined : at.name
}

function keepsAdapter({ params }: PlanNode): boolean {
  return (params.lora as { readonly merge?: boolean } | undefined)?.merge === false
}

/** Whether imported weights are those of a folder of Hugging Face itself: not llmpipe's own, and without an adapter that was added. */
function isOfFolder(action: Action | undefined): boolean {
  const names = Object.values(action?.files ?? {}).flatMap((files) => files.map(({ name }) => basename(name)))
  return !names.includes('model.json') && !names.includes(configFile)
}
