/** Gives the symbols of a graph their numbers. */

import { GraphBuilder } from './build.ts'
import type { Graph } from './graph.ts'
import { copyInto, finishCopy } from './rewrite.ts'

/**
 * The graph with its symbols (`batch`, `time`, `vocab`) replaced by numbers, its shapes inferred anew. Two symbols that are now
 * one number fit each other. A symbol that `sizes` does not name stays; engines take graphs without any. Throws a ShapeError
 * where the numbers do not fit, such as an odd size of heads under rotary positions.
 */
export function bind(graph: Graph, sizes: Readonly<Record<string, number>>): Graph {
  const builder = new GraphBuilder()
  const place = copyInto(builder, graph, undefined, (dim) => (typeof dim === 'string' ? (sizes[dim] ?? dim) : dim))
  return finishCopy(builder, graph, place)
}
