/** Random feeds for the inputs and weights of a graph. */

import type { Tensor } from '../../src/engine/engine.ts'
import type { Graph } from '../../src/model/graph.ts'
import { numeric } from '../../src/model/shape.ts'
import { random } from './suite.ts'

/** Ids are below `vocab`, positions count up, every second target counts, weights are about their size in training. */
export function feedsOf(graph: Graph, vocab: number): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {}
  for (const [name, node] of Object.entries(graph.inputs)) {
    const { dtype, shape } = graph.nodes[node]!
    const sizes = shape.map(numeric)
    const time = sizes.at(-1) ?? 1
    const of = dtype === 'int32' ? { below: vocab } : 'bits'
    const tensor = random({ shape: sizes, of }, name)
    if (name === 'positions') tensor.data.set(tensor.data.map((_, i) => i % time))
    if (name === 'total') tensor.data[0] = 5
    feeds[name] = tensor
  }
  for (const { name, shape, init } of graph.weights) {
    const tensor = random({ shape: shape.map(numeric) }, name)
    const around = init.type === 'constant' ? init.value : 0
    tensor.data.set(tensor.data.map((x) => around + 0.1 * x))
    feeds[name] = tensor
  }
  return feeds
}
