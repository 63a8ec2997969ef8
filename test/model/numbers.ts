/** Numbers for tests, the same every time. */

import { Random } from '../../src/core/values/random.ts'
import type { Graph } from '../../src/model/graph.ts'
import { type Array64, make } from './reference.ts'

export function normals(shape: readonly number[], purpose: string, scale = 1): Array64 {
  const random = new Random(1, purpose)
  return make(shape, () => scale * random.normal())
}

/** Ids below `count`. */
export function ids(shape: readonly number[], purpose: string, count: number): Array64 {
  const random = new Random(1, purpose)
  return make(shape, () => random.below(count))
}

/** Numbers for every weight: gains near 1, and nothing so small that its gradient would drown. */
export function weightsOf(graph: Graph): Record<string, Array64> {
  return Object.fromEntries(
    graph.weights.map(({ name, shape, init }) => {
      const middle = init.type === 'constant' ? init.value : 0
      const { data } = normals(shape as readonly number[], name, 0.3)
      return [name, { shape: shape as readonly number[], data: data.map((x) => x + middle) }]
    }),
  )
}
