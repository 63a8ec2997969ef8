/** The names in a cached report that the program has changed since. */

import type { PlanNode } from '../core/plan.ts'
import type { Action } from '../store/store.ts'

/**
 * The labels of a node's inputs that were others when its result was made, as pairs of the earlier and the present one. Labels are not part of the key, so that
 * a report is kept when they change.
 */
export function renamedLabels(
  { params }: Pick<PlanNode, 'params'>,
  { words }: Pick<Action, 'words'>,
): (readonly [from: string, to: string])[] {
  return Object.entries(params).flatMap(([name, now]) => {
    const before = words.find(([path]) => path === `params.${name}`)?.[1]
    if (!name.startsWith('$') || !Array.isArray(now) || !Array.isArray(before)) return []
    return now.flatMap((to, i) => {
      const from = before[i]
      return typeof from === 'string' && typeof to === 'string' && from !== to ? [[from, to] as const] : []
    })
  })
}
