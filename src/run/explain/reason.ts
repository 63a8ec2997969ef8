/** The reason why a node is not cached, in one line: `optimizer.lr: 0.001 → 0.0003, line 34`. */

import { basename, dirname, join, relative } from 'node:path'
import type { Plan, PlanNode, PlanSpan } from '../../core/plan.ts'
import { unreachable } from '../../core/values/unreachable.ts'
import { readFailure } from '../../store/failures.ts'
import { type Change, changeInWords, nearest } from '../../store/key/difference.ts'
import type { Action, Store } from '../../store/store.ts'
import { stepToContinueFrom } from '../continuation.ts'
import type { Keyed } from './keyed.ts'

/** A plan with its nodes by id: explanations of a large plan look nodes up very often. */
export interface PlanIndex {
  readonly plan: Plan
  /** The path of the program relative to the folder of the store, as records have it. */
  readonly program: string
  readonly nodes: ReadonlyMap<string, PlanNode>
}

export function planIndex(
  plan: Plan,
  { store, programDir }: { readonly store: Store; readonly programDir: string },
): PlanIndex {
  const program = relative(dirname(store.root), join(programDir, basename(plan.program)))
  return { plan, program, nodes: new Map(plan.nodes.map((node) => [node.id, node])) }
}

/** The earlier action that a node is compared with, and the differences; `undefined` if the node never ran. */
export async function comparison(
  { nodes, program }: PlanIndex,
  node: PlanNode,
  keyed: Pick<Keyed, 'components' | 'words' | 'files'>,
  store: Store,
  fits: (action: Action) => boolean = () => true,
): Promise<ReturnType<typeof nearest>> {
  // An action of a node of another name counts if at most one thing differs and the plan has no node of that name: the node was renamed.
  const earlier = (await store.earlier({ ...node, program }, (id) => !nodes.has(id))).filter(fits)
  const own = earlier.filter((action) => action.node.id === node.id)
  if (own.length > 0) return nearest(own, keyed)
  const renamed = nearest(earlier, keyed)
  return renamed !== undefined && renamed.changes.length <= 1 ? renamed : undefined
}

/** Why a node that missed its key has to run, and from which step it continues. */
export async function reasonFor(known: PlanIndex, node: PlanNode, keyed: Keyed, store: Store): Promise<string> {
  const reason = await whyMissed(known, node, keyed, store)
  const step = stepToContinueFrom(store.root, keyed.key, node, keyed)
  return step === undefined ? reason : `${reason}; continues from step ${step.toLocaleString('en-US')}`
}

async function whyMissed(known: PlanIndex, node: PlanNode, keyed: Keyed, store: Store): Promise<string> {
  if (readFailure(store.root, keyed.key) !== undefined) return 'failed when it was last tried'
  const found = await comparison(known, node, keyed, store)
  if (found === undefined) return 'first run'
  if (found.action.key === keyed.key) return 'its artefact is missing or corrupt'
  const shown = found.changes.slice(0, 3).map((change) => inOneLine(change, node, known))
  const more = found.changes.length - shown.length
  if (shown.length === 0) return 'its files are in another order'
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '')
}

/** A change in the words of the program, with the line of the setting. */
export function inOneLine(change: Change, node: PlanNode, { plan, nodes }: PlanIndex): string {
  switch (change.type) {
    case 'setting': {
      return `${changeInWords(change)}, ${place(settingSpan(node, change.path) ?? node.span, plan)}`
    }
    case 'step': {
      const span = change.how === 'added' ? settingSpan(node, `steps.${change.index}`) : undefined
      return `${changeInWords(change)}, ${place(span ?? node.span, plan)}`
    }
    case 'input': {
      const from = node.inputs[change.role]?.[change.index]
      const name = nodes.get(from?.node ?? '')?.name
      const input = `input \`${change.role}\``
      if (name === undefined) return `${input} is gone`
      return `${input} (${name}) ${change.before === undefined ? 'is new' : 'changed'}`
    }
    case 'file':
    case 'package':
      return changeInWords(change)
    case 'version':
      return `${node.kind} itself changed in llmpipe (version ${change.before} → ${change.after})`
    default:
      return unreachable(change)
  }
}

/** The span of a setting, or of the nearest thing around it that has a span. */
export function settingSpan(node: PlanNode, path: string): PlanSpan | undefined {
  for (let at = path; at !== ''; at = at.includes('.') ? at.slice(0, at.lastIndexOf('.')) : '') {
    const span = node.settingSpans?.[at]
    if (span !== undefined) return span
  }
  return undefined
}

export function place(span: PlanSpan, plan: Plan): string {
  return span.file === plan.program ? `line ${span.line}` : `${span.file}:${span.line}`
}
