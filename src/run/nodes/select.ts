/** Selects nodes by the names that people use. */

import { StageError } from '../../core/failure.ts'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { boundNames, isMeantBy } from '../../core/variant.ts'
import { without } from './graph.ts'

/** The nodes that a name means: the node with that id or bound name, or the variants of `base` or of `base[lr=3e-4]`. */
export function nodesNamed(plan: Plan, name: string): PlanNode[] {
  const exact = plan.nodes.find((node) => node.id === name || boundNames(node.name).includes(name))
  if (exact !== undefined) return [exact]
  return plan.nodes.filter((node) => boundNames(node.name).some((bound) => isMeantBy(name, bound)))
}

/** The ids of the nodes that some names mean. Throws a StageError `unknown-stage` for a name that means none. */
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

/**
 * The plan reduced to some nodes, everything that they take from, and the checks of their results; and the ids of the nodes and checks. A check takes what the
 * nodes take from, and nothing else: of models that are not asked for, it would need more than is there.
 */
export function withChecks(plan: Plan, ids: ReadonlySet<string>): { readonly plan: Plan; readonly ids: Set<string> } {
  const reduced = new Set(upTo(plan, ids).nodes.map(({ id }) => id))
  const checks = new Map(
    plan.nodes.flatMap((node) => {
      const isAsked = !reduced.has(node.id) && node.checks?.some((id) => ids.has(id)) === true
      const check = isAsked ? without(node, (id) => !reduced.has(id)) : undefined
      return check === undefined ? [] : [[node.id, check] as const]
    }),
  )
  return {
    plan: {
      ...plan,
      nodes: plan.nodes.flatMap((node) => (reduced.has(node.id) ? [node] : (checks.get(node.id) ?? []))),
    },
    ids: new Set([...ids, ...checks.keys()]),
  }
}

/** The plan reduced to some nodes and everything that they take from, at any distance. */
export function upTo(plan: Plan, ids: ReadonlySet<string>): Plan {
  const wanted = new Set(ids)
  for (const node of [...plan.nodes].reverse()) {
    if (!wanted.has(node.id)) continue
    for (const ref of Object.values(node.inputs).flat()) wanted.add(ref.node)
  }
  return { ...plan, nodes: plan.nodes.filter(({ id }) => wanted.has(id)) }
}
