/** The plan that a run kept in its folder, of which an earlier version of llmpipe may have written another shape. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '../../core/values/shape.ts'

export interface PlanJson {
  readonly nodes: readonly { readonly [field: string]: unknown }[]
  readonly results: unknown
}

/** The plan of a run; a plan without nodes if the store has none of the run, or a corrupt one. */
export function planIn(root: string, run: string): PlanJson {
  try {
    const plan: unknown = JSON.parse(readFileSync(join(root, 'runs', run, 'plan.json'), 'utf8'))
    if (isObject(plan))
      return { nodes: Array.isArray(plan.nodes) ? plan.nodes.filter(isObject) : [], results: plan.results }
  } catch {
    // The page shows what the log of the run has.
  }
  return { nodes: [], results: undefined }
}
