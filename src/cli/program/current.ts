/** What a program as it is now has made at a stage, read from the store. */

import { resolve } from 'node:path'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { lookUp } from '../../run/explain/status.ts'
import { nodesNamed, upTo } from '../../run/select.ts'
import type { Action, Store } from '../../store/store.ts'
import { Refusal } from '../terminal/refusal.ts'

export interface Current {
  readonly node: PlanNode
  /** The record of it, if it has run. */
  readonly action?: Action
  /** Its key, where all that it takes is there. */
  readonly key?: string
  /** What has not run: itself, or the first of the stages it needs. */
  readonly missing?: string
}

/** Looks up the node of a name. */
export async function currentAction(plan: Plan, name: string, store: Store, programDir: string): Promise<Current> {
  const node = nodeOrRefusal(plan, name)
  const looked = await lookUp(upTo(plan, new Set([node.id])), { store, programDir: resolve(programDir) })
  const { action, keyed } = looked.get(node.id) ?? {}
  if (action !== undefined) return { node, action, key: action.key }
  const missing = [...looked.values()].find((each) => each.action === undefined)?.node.name
  return { node, ...(keyed && { key: keyed.key }), ...(missing === undefined ? {} : { missing }) }
}

/** The one node of a name; a Refusal lists the names there are, or the variants it could mean. */
export function nodeOrRefusal(plan: Plan, name: string): PlanNode {
  const [node, ...more] = nodesNamed(plan, name)
  if (node !== undefined && more.length === 0) return node
  if (node !== undefined)
    throw new Refusal(
      `${name} is ${more.length + 1} variants, and one is wanted`,
      `They are ${[node, ...more].map((each) => each.name).join(', ')}.`,
    )
  throw noStage(plan, name)
}

/** That a program has no stage of a name. */
export function noStage(plan: Plan, name: string): Refusal {
  return new Refusal(
    `${plan.program} has no stage "${name}"`,
    `It has ${plan.nodes.map((each) => each.name).join(', ')}.`,
  )
}
