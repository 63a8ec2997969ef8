/** A model that writes on: the graph of the next tokens of a text, given the keys and values of those before. */

import { GraphBuilder } from './build.ts'
import { attend } from './expand.ts'
import type { Graph } from './graph.ts'
import { masked } from './ops.ts'
import { copyInto } from './rewrite.ts'

/**
 * `graph`, bound to a batch and to the number of tokens that come at once (1 for a step, more for a prompt), with room for
 * `past` tokens before them. Beside its inputs it takes, for the n-th attention of the model,
 *
 *     past.n.keys, past.n.values   [batch, groups, past, size]
 *     mask                         [batch, 1, time, past + time]   see pastMask
 *
 * and beside its outputs it gives `keys.n` and `values.n` [batch, groups, time, size], those of the new tokens, to be copied to
 * their places in the past. `positions` says where in the text the new tokens are. A past of 0 is none: the graph then takes no keys
 * and values, only the mask.
 */
export function withPast(graph: Graph, past: number): Graph {
  const builder = new GraphBuilder()
  const fresh: Record<string, number> = {}
  let count = 0
  const place = copyInto(builder, graph, (_, node, inputs) => {
    if (node.op !== 'attention') return undefined
    if (!node.attributes.causal) throw new Error('only a model whose attention is causal can write on')
    const [q, k, v] = inputs as [number, number, number]
    const [batch, groups, time, size] = builder.shape(k) as [number, number, number, number]
    const n = count++
    const joined = (name: string, x: number) => {
      fresh[`${name}.${n}`] = x
      if (past === 0) return x
      const before = builder.input(`past.${n}.${name}`, [batch, groups, past, size], 'float32')
      return builder.apply('concat', [before, x], { axis: 2 }, node.scope)
    }
    const mask = builder.input('mask', [batch, 1, time, past + time], 'float32')
    return attend(builder, node, q, joined('keys', k), joined('values', v), [mask])
  })
  const outputs = Object.entries(graph.outputs).map(([name, node]) => [name, place[node]!])
  return builder.finish({ ...Object.fromEntries(outputs), ...fresh })
}

/** The mask [batch, 1, time, past + time]: text b has `filled[b]` tokens in the first places of its past. */
export function pastMask(time: number, past: number, filled: readonly number[]): Float32Array {
  const width = past + time
  const mask = new Float32Array(filled.length * time * width)
  for (const [b, known] of filled.entries())
    for (let t = 0; t < time; t++)
      for (let s = 0; s < width; s++) {
        const seen = s < past ? s < known : s - past <= t
        if (!seen) mask[(b * time + t) * width + s] = masked
      }
  return mask
}
