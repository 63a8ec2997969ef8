/** Computes a tensor graph with TensorFlow.js, node by node, and frees each value after its last use. */

import type { Tensor } from '@tensorflow/tfjs-core'
import { expandComposites } from '../../model/gradients/expand.ts'
import type { Graph } from '../../model/graph.ts'
import type { Op } from '../../model/ops.ts'
import { numeric } from '../../model/shape.ts'
import { type LoweringInput, lowerings, type Tfjs } from './lower.ts'

/** A graph ready to be computed: composite operations are expanded, and the last use of each value is known. */
export interface Prepared {
  readonly graph: Graph
  /** For each node, the nodes whose values are not needed after it. */
  readonly free: readonly (readonly number[])[]
}

export function prepare(bound: Graph): Prepared {
  const graph = expandComposites(bound)
  const free: number[][] = graph.nodes.map(() => [])
  const kept = new Set(Object.values(graph.outputs))
  const seen = new Set<number>()
  for (let i = graph.nodes.length - 1; i >= 0; i--)
    for (const input of graph.nodes[i]!.inputs) {
      if (seen.has(input)) continue
      seen.add(input)
      const { op } = graph.nodes[input]!
      if (!kept.has(input) && op !== 'input' && op !== 'weight') free[i]!.push(input)
    }
  return { graph, free }
}

/**
 * Computes the outputs of the graph from `fed`, the tensors of its inputs and weights by name. The caller owns the outputs, and still owns
 * `fed`. `tf.grads` can differentiate this function in the weights.
 */
export function evaluate(
  tf: Tfjs,
  { graph, free }: Prepared,
  fed: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return tf.tidy(() => {
    const values: Tensor[] = []
    for (const [i, node] of graph.nodes.entries()) {
      if (node.op === 'input' || node.op === 'weight') {
        values.push(fed[node.attributes.name]!)
        continue
      }
      const lowering = lowerings[node.op] as (place: LoweringInput<Op>) => Tensor
      const inputs = node.inputs.map((input) => values[input]!)
      const shape = node.shape.map(numeric)
      values.push(tf.tidy(() => lowering({ tf, inputs, attributes: node.attributes, shape } as LoweringInput<Op>)))
      for (const done of free[i]!) values[done]!.dispose()
    }
    return Object.fromEntries(Object.entries(graph.outputs).map(([name, node]) => [name, tf.clone(values[node]!)]))
  })
}
