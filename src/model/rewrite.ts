/** Rewrites graphs: each node is copied into a builder, or replaced by the nodes that a function builds. */

import { GraphBuilder } from './build.ts'
import type { Graph, GraphNode } from './graph.ts'
import type { Dim, Shape } from './ops.ts'

/** Replaces a node: returns the index of a node that it built with `builder` from the new `inputs`, or `undefined` to copy the node. */
export type Visit = (builder: GraphBuilder, node: GraphNode, inputs: readonly number[]) => number | undefined

/** Copies `graph` into `builder`, with each size changed by `size`. Returns the new index of each node. */
export function copyInto(
  builder: GraphBuilder,
  graph: Graph,
  visit: Visit = () => undefined,
  size: (dim: Dim) => Dim = (dim) => dim,
): number[] {
  const sizes = (shape: Shape): Shape => shape.map(size)
  const weights = new Map(graph.weights.map((weight) => [weight.node, weight]))
  const place: number[] = []
  for (const [i, node] of graph.nodes.entries()) {
    const inputs = node.inputs.map((input) => place[input]!)
    place.push(visit(builder, node, inputs) ?? copy(i, node, inputs))
  }
  return place

  function copy(i: number, node: GraphNode, inputs: readonly number[]): number {
    switch (node.op) {
      case 'input':
        return builder.input(node.attributes.name, sizes(node.shape), node.dtype)
      case 'weight': {
        const { name, shape, init, decay } = weights.get(i)!
        return builder.weight(name, sizes(shape), init, decay)
      }
      case 'reshape':
      case 'broadcast':
        return builder.apply(node.op, inputs, { shape: sizes(node.attributes.shape) }, node.scope)
      case 'scatter_add':
        return builder.apply(node.op, inputs, { rows: size(node.attributes.rows) }, node.scope)
      case 'causal_mask':
        return builder.apply(node.op, inputs, { ...node.attributes, size: size(node.attributes.size) }, node.scope)
      default:
        return builder.apply(node.op, inputs, node.attributes, node.scope)
    }
  }
}

/** The graph with each node replaced by `visit`. */
export function rewrite(graph: Graph, visit: Visit): Graph {
  const builder = new GraphBuilder()
  return finishCopy(builder, graph, copyInto(builder, graph, visit))
}

/** Finishes a copy of `graph`, with its outputs. */
export function finishCopy(builder: GraphBuilder, graph: Graph, place: readonly number[]): Graph {
  return builder.finish(Object.fromEntries(Object.entries(graph.outputs).map(([name, node]) => [name, place[node]!])))
}

/** The graph without dropout, as it is used after training. */
export function withoutDropout(graph: Graph): Graph {
  return rewrite(graph, (_, node, inputs) => (node.op === 'dropout' ? inputs[0] : undefined))
}
