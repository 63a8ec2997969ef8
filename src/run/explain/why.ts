/** Why a stage runs, or why it last ran: the differences from the most similar earlier action, back to their root causes. */

import type { Plan, PlanNode } from '../../core/plan.ts'
import type { Change } from '../../store/key/difference.ts'
import type { Action } from '../../store/store.ts'
import { stepToContinueFrom } from '../continuation.ts'
import { after } from '../nodes/graph.ts'
import { nodesNamed } from '../nodes/select.ts'
import { vouchedInWords } from '../vouch/words.ts'
import { comparison, inOneLine, type PlanIndex, planIndex } from './reason.ts'
import { type Looked, lookUp, type StatusOptions } from './status.ts'

export interface Why {
  readonly id: string
  readonly name: string
  readonly status: 'cached' | 'run'
  /** When and by which run it was made; absent if it is not cached. */
  readonly made?: { readonly time: number; readonly run: string }
  /** A sentence about who vouches for the result; absent if llmpipe made it. */
  readonly vouched?: string
  /** The earlier action that it is compared with; absent if there is none. */
  readonly against?: { readonly key: string; readonly time: number; readonly run: string }
  readonly changes: readonly Change[]
  /** The changes as lines: `optimizer.lr: 0.001 → 0.0003, line 34`. */
  readonly lines: readonly string[]
  /** The stages before it that caused it to run, each with its own causes. */
  readonly because: readonly Why[]
}

/** Explains why a stage runs or, if it is cached, why it ran when it was made. `undefined` if there is no such stage. */
export async function why(plan: Plan, name: string, options: StatusOptions): Promise<Why | undefined> {
  const [node] = nodesNamed(plan, name)
  if (node === undefined) return undefined
  const looked = await lookUp(plan, options)
  return whyNode(planIndex(plan, options), node, looked, options)
}

async function whyNode(
  index: PlanIndex,
  node: PlanNode,
  looked: ReadonlyMap<string, Looked>,
  options: StatusOptions,
  gave: (action: Action) => boolean = () => true,
): Promise<Why> {
  const { keyed, action, error } = looked.get(node.id) ?? { node }
  const of = { id: node.id, name: node.name, status: action === undefined ? ('run' as const) : ('cached' as const) }
  if (error !== undefined) return { ...of, changes: [], lines: [error.message], because: [] }
  if (keyed === undefined) {
    const behind = after(node).filter((id) => looked.get(id)?.action === undefined)
    const because = await Promise.all(behind.map((id) => whyOf(id)))
    return { ...of, changes: [], lines: because.map(({ name }) => `depends on ${name}, which runs`), because }
  }
  const vouched = action?.vouched === undefined ? {} : { vouched: vouchedInWords(action.vouched) }
  const made = action === undefined ? {} : { made: { time: action.time, run: action.run }, ...vouched }
  const isEarlier = (other: Action) => action === undefined || (other.key !== action.key && other.time <= action.time)
  const found = await comparison(index, node, keyed, options.store, (other) => isEarlier(other) && gave(other))
  if (found === undefined) {
    const first = action === undefined ? 'first run' : 'it had not run before'
    return { ...of, ...made, changes: [], lines: [first], because: [] }
  }
  const { key, time, run } = found.action
  const step = action === undefined ? stepToContinueFrom(options.store.root, keyed.key, node, keyed) : undefined
  const lines = [
    ...(key === keyed.key
      ? ['its artefact is missing or corrupt']
      : found.changes.map((change) => inOneLine(change, node, index))),
    ...(step === undefined ? [] : [`it continues from step ${step.toLocaleString('en-US')}`]),
  ]
  const because: Why[] = []
  for (const change of found.changes) {
    if (change.type !== 'input') continue
    const ref = node.inputs[change.role]?.[change.index]
    if (ref === undefined || because.some(({ id }) => id === ref.node)) continue
    // Compared with the action whose output was the input at that time.
    because.push(await whyOf(ref.node, (other) => other.outputs[ref.output]?.digest === change.before))
  }
  return { ...of, ...made, against: { key, time, run }, changes: found.changes, lines, because }

  function whyOf(id: string, fits?: (action: Action) => boolean): Promise<Why> {
    const before = index.nodes.get(id)
    if (before === undefined) throw new Error(`the plan has no node ${id}`)
    return whyNode(index, before, looked, options, fits)
  }
}

/** An explanation as indented lines, each cause below its effect. */
export function printWhy(explained: Why, depth = 0): string[] {
  const indent = '  '.repeat(depth)
  const { name, status, made, vouched, lines, because } = explained
  const head =
    status === 'run' ? `${name} runs:` : `${name} is cached${made ? ` (made by run ${made.run})` : ''}; it ran because:`
  return [
    `${indent}${head}`,
    ...(vouched === undefined ? [] : [`${indent}  ${vouched}`]),
    ...lines.map((line) => `${indent}  ${line}`),
    ...because.flatMap((each) => printWhy(each, depth + 1)),
  ]
}
