/** Rewriting a graph: each node copied into a builder, or replaced by what a function makes of it. */

import { GraphBuilder } from './build.ts'
import type { Graph, GraphNode } from './graph.ts'
import type { Dim, Shape } from './ops.ts'

/** What a node becomes: its new index, made by `builder` of the new `inputs`; or `undefined` to copy it. */
export type Visit = (builder: GraphBuilder, node: GraphNode, inputs: readonly number[]) => number | undefined

/** Copies `graph` into `builder`, its sizes changed by `size`; returns the new index of each of its nodes. */
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
        return builder.apply(node.op, inputs, { size: size(node.attributes.size) }, node.scope)
      default:
        return builder.apply(node.op, inputs, node.attributes, node.scope)
    }
  }
}

/** The graph with each node replaced as `visit` tells. */
export function rewrite(graph: Graph, visit: Visit): Graph {
  const builder = new GraphBuilder()
  return finishCopy(builder, graph, copyInto(builder, graph, visit))
}

/** The graph of a copy, with the outputs of `graph`. */
export function finishCopy(builder: GraphBuilder, graph: Graph, place: readonly number[]): Graph {
  return builder.finish(Object.fromEntries(Object.entries(graph.outputs).map(([name, node]) => [name, place[node]!])))
}

/** The graph as it is used after training: without dropout. */
export function withoutDropout(graph: Graph): Graph {
  return rewrite(graph, (_, node, inputs) => (node.op === 'dropout' ? inputs[0] : undefined))
}
