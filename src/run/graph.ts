/** Which node waits for which. */

import type { Plan, PlanNode } from '../core/plan.ts'

/** The ids of the nodes a node takes from, each once. */
export function after(node: PlanNode): string[] {
  return [...new Set(Object.values(node.inputs).flatMap((refs) => refs.map((ref) => ref.node)))]
}

/** For each node the nodes that take from it, in the order of the plan. */
export function dependents(plan: Plan): Map<string, PlanNode[]> {
  const map = new Map<string, PlanNode[]>(plan.nodes.map(({ id }) => [id, []]))
  for (const node of plan.nodes) for (const id of after(node)) map.get(id)?.push(node)
  return map
}
