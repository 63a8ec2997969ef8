/** Losses on a model whose outputs are weights, so that any of them can be asked for. */

import { loadEngine } from '../../src/engine/load.ts'
import { GraphBuilder } from '../../src/model/build.ts'
import type { Graph } from '../../src/model/graph.ts'

/** A model whose logits [rows, time, vocab] and values [rows, time] are weights. */
export function freely(rows: number, time: number, vocab: number): Graph {
  const builder = new GraphBuilder()
  const init = { type: 'constant', value: 0 } as const
  const logits = builder.weight('logits', [rows, time, vocab], init, false)
  const value = builder.weight('value', [rows, time], init, false)
  return builder.finish({ logits, value })
}

/** Runs a graph of such a model: its outputs by name. */
export async function run(
  graph: Graph,
  numbers: Readonly<Record<string, ArrayLike<number>>>,
): Promise<Record<string, number[]>> {
  const engine = await loadEngine('onnx')
  const executable = await engine.compile(graph, { threads: 1 })
  const feeds = Object.fromEntries(
    [...Object.entries(graph.inputs), ...graph.weights.map(({ name, node }) => [name, node] as const)].map(
      ([name, node]) => {
        const { shape, dtype } = graph.nodes[node]!
        const data = dtype === 'int32' ? Int32Array.from(numbers[name]!) : Float32Array.from(numbers[name]!)
        return [name, { dtype, shape, data } as never]
      },
    ),
  )
  const outputs = await executable.run(feeds)
  await executable.dispose()
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, [...data]]))
}
