/** Replaces the symbols of a graph by numbers. */

import { GraphBuilder } from './build.ts'
import type { Graph } from './graph.ts'
import { copyInto, finishCopy } from './rewrite.ts'

/**
 * The graph with the symbols that `sizes` names (`batch`, `time`, `vocab`) replaced by numbers, and its shapes inferred again. Two symbols
 * with the same number fit each other. Other symbols stay; engines take graphs without symbols. Throws a ShapeError if the numbers
 * do not fit, such as an odd size of heads under rotary positions.
 */
export function bind(graph: Graph, sizes: Readonly<Record<string, number>>): Graph {
  const builder = new GraphBuilder()
  const place = copyInto(builder, graph, undefined, (dim) => (typeof dim === 'string' ? (sizes[dim] ?? dim) : dim))
  return finishCopy(builder, graph, place)
}
