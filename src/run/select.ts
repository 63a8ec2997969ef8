/** Nodes by the names that people call them. */

import { StageError } from '../core/failure.ts'
import type { Plan, PlanNode } from '../core/plan.ts'
import { boundNames, isMeantBy } from '../core/variant.ts'

/** The nodes of a name: that of an id or of a name its outputs are bound to, or the variants of `base`, of `base[lr=3e-4]`. */
export function nodesNamed(plan: Plan, name: string): PlanNode[] {
  const exact = plan.nodes.find((node) => node.id === name || boundNames(node.name).includes(name))
  if (exact !== undefined) return [exact]
  return plan.nodes.filter((node) => boundNames(node.name).some((bound) => isMeantBy(name, bound)))
}

/** The ids of the nodes of some names. Throws a StageError `unknown-stage` for a name that no node has. */
export function idsNamed(plan: Plan, names: readonly string[]): Set<string> {
  return new Set(
    names.flatMap((name) => {
      const nodes = nodesNamed(plan, name)
      if (nodes.length > 0) return nodes.map(({ id }) => id)
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
