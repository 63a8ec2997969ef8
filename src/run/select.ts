/** Nodes by the names that people call them. */

import { StageError } from '../core/failure.ts'
import type { Plan, PlanNode } from '../core/plan.ts'

/** The node of a name: its id, its name, or one of the names its outputs are bound to. */
export function nodeNamed(plan: Plan, name: string): PlanNode | undefined {
  return (
    plan.nodes.find((node) => node.id === name || node.name === name) ??
    plan.nodes.find((node) => node.name.split(',').includes(name))
  )
}

/** The ids of the nodes of some names. Throws a StageError `unknown-stage` for a name that no node has. */
export function idsNamed(plan: Plan, names: readonly string[]): Set<string> {
  return new Set(
    names.map((name) => {
      const node = nodeNamed(plan, name)
      if (node !== undefined) return node.id
      const known = plan.nodes.map((each) => each.name).join(', ')
      throw new StageError('unknown-stage', `there is no stage "${name}"`, `The stages are: ${known}.`)
    }),
  )
}

/** The plan cut down to some nodes and all that they take from. */
export function upTo(plan: Plan, ids: ReadonlySet<string>): Plan {
  const wanted = new Set(ids)
  for (const node of [...plan.nodes].reverse()) {
    if (!wanted.has(node.id)) continue
    for (const ref of Object.values(node.inputs).flat()) wanted.add(ref.node)
  }
  return { ...plan, nodes: plan.nodes.filter(({ id }) => wanted.has(id)) }
}
