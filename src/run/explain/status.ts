/** Predicts what a run would do, without running anything. */

import type { Key } from '../../core/artefact.ts'
import { StageError } from '../../core/failure.ts'
import type { OutputRef, Plan, PlanNode, PlannedNode } from '../../core/plan.ts'
import { readFailure } from '../../store/failures.ts'
import { StatCache } from '../../store/inputs/stat-cache.ts'
import type { Action, ActionOutput, Store } from '../../store/store.ts'
import { lookUpFor, misfit } from '../nodes/fits.ts'
import { after, without } from '../nodes/graph.ts'
import { type Keyed, keyNode } from './keyed.ts'
import { planIndex, reasonFor } from './reason.ts'

export interface StatusOptions {
  readonly store: Store
  readonly programDir: string
  /** Finds the record of an action elsewhere that the store does not have. `misfit` returns why a record does not fit the node. */
  elsewhere?(key: Key, misfit: (action: Action) => string | undefined): Promise<Action | undefined>
}

/** The facts about a node that are known without running anything. */
export interface Looked {
  readonly node: PlanNode
  /** Absent if a node that it takes from has to run, or if its files do not exist. */
  readonly keyed?: Keyed
  /** The record of its key, if it is cached. */
  readonly action?: Action
  /** The record is elsewhere: the artefact is not in the store. */
  readonly isRemote?: true
  /** The error that its files give. */
  readonly error?: StageError
  /** It failed when it last ran, or needs a node that did: nodes that can go without it do. */
  readonly lost?: true
}

/** Looks up every node whose inputs are known, in the order of the plan. */
export async function lookUp(
  plan: Plan,
  { store, programDir, elsewhere }: StatusOptions,
): Promise<Map<string, Looked>> {
  const cache = new StatCache(store.root)
  const looked = new Map<string, Looked>()
  const output = ({ node, output: name }: OutputRef): ActionOutput => {
    const found = looked.get(node)?.action?.outputs[name]
    if (found === undefined) throw new Error(`${node} has no output ${name}`)
    return found
  }
  const isLost = (id: string) => looked.get(id)?.lost === true
  for (const whole of plan.nodes) {
    const rest = without(whole, isLost)
    const node = rest ?? whole
    if (rest === undefined || after(node).some((id) => looked.get(id)?.action === undefined)) {
      looked.set(node.id, { node, ...(rest === undefined ? { lost: true } : {}) })
      continue
    }
    try {
      const keyed = await keyNode(node, output, { store, programDir, cache })
      const here = await lookUpFor(node, keyed.key, store)
      const there = here === undefined ? await elsewhere?.(keyed.key, (action) => misfit(node, action)) : undefined
      const failed = here === undefined && there === undefined && readFailure(store.root, keyed.key) !== undefined
      looked.set(node.id, {
        node,
        keyed,
        ...(here === undefined ? {} : { action: here }),
        ...(there === undefined ? {} : { action: there, isRemote: true }),
        ...(failed ? { lost: true } : {}),
      })
    } catch (error) {
      if (!(error instanceof StageError)) throw error
      looked.set(node.id, { node, error, lost: true })
    }
  }
  cache.save()
  return looked
}

/** For each node whether it is cached, and if not why. */
export async function status(plan: Plan, options: StatusOptions): Promise<PlannedNode[]> {
  const looked = await lookUp(plan, options)
  const index = planIndex(plan, options)
  const planned: PlannedNode[] = []
  for (const { node, keyed, action, isRemote, error } of looked.values()) {
    const remote = isRemote === undefined ? {} : { remote: isRemote }
    if (action !== undefined) planned.push({ ...node, status: 'cached', reason: 'unchanged', ...remote })
    else planned.push({ ...node, status: 'run', reason: await reason(node, keyed, error) })
  }
  return planned

  async function reason(node: PlanNode, keyed: Keyed | undefined, error: StageError | undefined): Promise<string> {
    if (error !== undefined) return error.message
    if (keyed !== undefined) return reasonFor(index, node, keyed, options.store)
    const names = after(node).flatMap((id) => {
      const before = looked.get(id)
      return before?.action === undefined && before !== undefined ? [before.node.name] : []
    })
    return `depends on ${names.join(' and ')}, which ${names.length === 1 ? 'runs' : 'run'}`
  }
}
