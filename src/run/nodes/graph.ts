/** Which node waits for which. */

import type { Plan, PlanNode } from '../../core/plan.ts'
import type { Json } from '../../core/values/json.ts'

/** The ids of the nodes that a node takes from, each once. */
export function after(node: PlanNode): string[] {
  return [...new Set(Object.values(node.inputs).flatMap((refs) => refs.map((ref) => ref.node)))]
}

/** For each node the nodes that take from it, in the order of the plan. */
export function dependents(plan: Plan): Map<string, PlanNode[]> {
  const map = new Map<string, PlanNode[]>(plan.nodes.map(({ id }) => [id, []]))
  for (const node of plan.nodes) for (const id of after(node)) map.get(id)?.push(node)
  return map
}

/**
 * A node without those of its inputs that are lost. `undefined` if it needs one of them, or if no input of a list is left. The labels for people
 * that belong to a list (`params.$role`) lose the same items.
 */
export function without(node: PlanNode, isLost: (id: string) => boolean): PlanNode | undefined {
  const inputs: Record<string, PlanNode['inputs'][string]> = {}
  const params: Record<string, Json> = {}
  for (const [role, refs] of Object.entries(node.inputs)) {
    const stays = refs.map((ref) => !isLost(ref.node))
    if (stays.every((each) => each)) continue
    if (!node.spares?.includes(role) || !stays.includes(true)) return undefined
    inputs[role] = refs.filter((_, index) => stays[index])
    const words = node.params[`$${role}`]
    if (Array.isArray(words)) params[`$${role}`] = words.filter((_, index) => stays[index])
  }
  if (Object.keys(inputs).length === 0) return node
  return { ...node, inputs: { ...node.inputs, ...inputs }, params: { ...node.params, ...params } }
}
