/** The dropouts of a graph: their masks are inputs, which whoever computes the graph makes. */

import type { Graph } from '../graph.ts'
import { numeric } from '../shape.ts'

/** A mask of dropout: an input of the graph, 0 with probability `rate`, else 1. */
export interface Dropout {
  /** The name of the input. */
  readonly name: string
  readonly rate: number
  readonly shape: readonly number[]
}

/** The dropouts of a graph that is bound to numbers. */
export function dropouts(graph: Graph): Dropout[] {
  return graph.nodes.flatMap((node) => {
    if (node.op !== 'dropout') return []
    const mask = graph.nodes[node.inputs[1]!]!
    if (mask.op !== 'input') throw new Error('the mask of dropout is an input')
    return [{ name: mask.attributes.name, rate: node.attributes.rate, shape: mask.shape.map(numeric) }]
  })
}
