/** The model graphs that the settings of a node refer to. */

import type { Plan, PlanNode } from '../../core/plan.ts'
import type { Json } from '../../core/values/json.ts'

/** The models of the plan that the params of a node name as `{ "model": digest }`, at any depth. */
export function modelsOf(node: PlanNode, plan: Plan): Record<string, Json> {
  const found: Record<string, Json> = {}
  const collect = (value: Json | undefined): void => {
    if (value === null || typeof value !== 'object') return
    for (const [name, member] of Object.entries(value)) {
      const model = name === 'model' && typeof member === 'string' ? plan.models[member] : undefined
      if (model !== undefined) found[member as string] = model
      collect(member)
    }
  }
  collect(node.params)
  return found
}
