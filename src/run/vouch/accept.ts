/** `accept`: a stage keeps its earlier result, because a person judges the changes since harmless. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { isMissing } from '../../store/durable.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import type { Action } from '../../store/store.ts'
import { comparison, inOneLine, planIndex } from '../explain/reason.ts'
import { type Looked, lookUp } from '../explain/status.ts'
import { misfit } from '../nodes/fits.ts'
import { upTo } from '../nodes/select.ts'

export type Acceptance =
  | { readonly type: 'accepted'; readonly action: Action; readonly earlier: Action }
  /** The stage is cached: there is nothing to accept. */
  | { readonly type: 'cached'; readonly action: Action }
  /** A stage before it has to run first, or its files do not exist. */
  | { readonly type: 'not ready'; readonly looked: ReadonlyMap<string, Looked> }
  /** No earlier result of the stage is in the store. */
  | { readonly type: 'nothing' }

interface AcceptOptions {
  readonly store: FolderStore
  readonly programDir: string
  /** Who accepts, for the record. */
  readonly by: string
}

/** Records the nearest earlier result of a stage under the key that the stage has now. */
export async function accept(plan: Plan, node: PlanNode, options: AcceptOptions): Promise<Acceptance> {
  const { store, programDir, by } = options
  const looked = await lookUp(upTo(plan, new Set([node.id])), { store, programDir })
  const { keyed, action } = looked.get(node.id) ?? {}
  if (action !== undefined) return { type: 'cached', action }
  if (keyed === undefined) return { type: 'not ready', looked }
  const index = planIndex(plan, { store, programDir })
  const found = await comparison(index, node, keyed, store, (each) => misfit(node, each) === undefined)
  // Its outputs may have been collected.
  const earlier = found && (await store.lookup(found.action.key))
  if (found === undefined || earlier === undefined) return { type: 'nothing' }
  const changes = found.changes.map((change) => inOneLine(change, node, index))
  const { key, components, words, files } = keyed
  const accepted: Action = {
    ...earlier,
    ...{ key, components, words, files },
    node: { id: node.id, name: node.name, kind: node.kind, program: index.program },
    time: Date.now(),
    reason: `accepted: ${changes.join('; ')}`,
    vouched: { how: 'accepted', by, from: earlier.key, changes },
  }
  await store.take(accepted, {}, logsOf(store.actionFolder(earlier.key)))
  return { type: 'accepted', action: accepted, earlier }
}

function logsOf(folder: string): Record<string, string> {
  const texts = ['metrics.jsonl', 'log.txt'].flatMap((name): [string, string][] => {
    try {
      return [[name, readFileSync(join(folder, name), 'utf8')]]
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  })
  return Object.fromEntries(texts)
}
