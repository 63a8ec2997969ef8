/** Why a node is not cached, in one line: `optimizer.lr: 0.001 → 0.0003, line 34`. */

import type { Plan, PlanNode, PlanSpan } from '../core/plan.ts'
import { unreachable } from '../core/unreachable.ts'
import { type Change, nearest } from '../store/difference.ts'
import { readFailure } from '../store/failures.ts'
import type { Action, Store } from '../store/store.ts'
import type { Keyed } from './keyed.ts'

/** The earlier action a node is compared with, and what differs; nothing where it never ran. */
export async function comparison(
  plan: Plan,
  node: PlanNode,
  keyed: Pick<Keyed, 'components' | 'words' | 'files'>,
  store: Store,
  fits: (action: Action) => boolean = () => true,
): Promise<ReturnType<typeof nearest>> {
  const earlier = (await store.earlier(node)).filter(fits)
  const own = earlier.filter((action) => action.node.id === node.id)
  if (own.length > 0) return nearest(own, keyed)
  // One of another name is this one renamed, where almost all is the same and the plan has no node of that name any more.
  const ids = new Set(plan.nodes.map(({ id }) => id))
  const renamed = nearest(
    earlier.filter((action) => !ids.has(action.node.id)),
    keyed,
  )
  return renamed !== undefined && renamed.changes.length <= 1 ? renamed : undefined
}

/** Why a node that missed its key has to run. */
export async function reasonFor(plan: Plan, node: PlanNode, keyed: Keyed, store: Store): Promise<string> {
  if (readFailure(store.root, keyed.key) !== undefined) return 'failed when it was last tried'
  const found = await comparison(plan, node, keyed, store)
  if (found === undefined) return 'first run'
  if (found.action.key === keyed.key) return 'its artefact is missing or damaged'
  const shown = found.changes.slice(0, 3).map((change) => inOneLine(change, node, plan))
  const more = found.changes.length - shown.length
  if (shown.length === 0) return 'its files are in another order'
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '')
}

/** A change in the words of the file, with the line where it stands. */
export function inOneLine(change: Change, node: PlanNode, plan: Plan): string {
  switch (change.type) {
    case 'setting': {
      const { path, before, after } = change
      const where = place(settingSpan(node, path) ?? node.span, plan)
      if (before === undefined) return `${path}: ${after} is new, ${where}`
      if (after === undefined) return `${path}: ${before} is gone, ${where}`
      return `${path}: ${before} → ${after}, ${where}`
    }
    case 'input': {
      const from = node.inputs[change.role]?.[change.index]
      const name = plan.nodes.find(({ id }) => id === from?.node)?.name
      if (name === undefined) return `input ${change.role} is gone`
      return change.before === undefined
        ? `input ${change.role} (${name}) is new`
        : `input ${change.role} (${name}) changed`
    }
    case 'file':
      return `${change.name} ${change.how === 'changed' ? 'changed' : `was ${change.how}`}`
    case 'version':
      return `${node.kind} itself changed in llmpipe (version ${change.before} → ${change.after})`
    default:
      return unreachable(change)
  }
}

/** Where a setting stands, or the nearest thing around it that has a place. */
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
