/** The model graphs that a node's settings refer to. */

import type { Json } from '../core/json.ts'
import type { Plan, PlanNode } from '../core/plan.ts'

/** The models of the plan that `{ "model": digest }` names somewhere in the node's params. */
export function modelsOf(node: PlanNode, plan: Plan): Record<string, Json> {
  const found: Record<string, Json> = {}
  const look = (value: Json | undefined): void => {
    if (value === null || typeof value !== 'object') return
    for (const [name, member] of Object.entries(value)) {
      const model = name === 'model' && typeof member === 'string' ? plan.models[member] : undefined
      if (model !== undefined) found[member as string] = model
      look(member)
    }
  }
  look(node.params)
  return found
}
