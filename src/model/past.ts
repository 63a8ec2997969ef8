/** Generation: the graph of the next tokens of a text, given the keys and values of the tokens before. */

import { GraphBuilder } from './build.ts'
import { attend } from './expand.ts'
import type { Graph } from './graph.ts'
import { masked } from './ops.ts'
import { copyInto } from './rewrite.ts'

/**
 * `graph`, bound to a batch and to the number of tokens that are computed at once (1 for a step, more for a prompt), with room for
 * `past` tokens before them. Besides the inputs of `graph` it takes, for the n-th attention of the model,
 *
 *     past.n.keys, past.n.values   [batch, groups, past, size]
 *     mask                         [batch, 1, time, past + time]   see pastMask
 *
 * and besides the outputs of `graph` it gives `keys.n` and `values.n` [batch, groups, time, size] of the new tokens, to be copied to
 * their places in the past. `positions` are those of the new tokens in the text. With a `past` of 0, the graph takes the mask, but no
 * keys and values.
 */
export function withPast(graph: Graph, past: number): Graph {
  const builder = new GraphBuilder()
  const newOutputs: Record<string, number> = {}
  let count = 0
  const place = copyInto(builder, graph, (_, node, inputs) => {
    if (node.op !== 'attention') return undefined
    if (!node.attributes.causal) throw new Error('only a model with causal attention can generate text')
    const [q, k, v] = inputs as [number, number, number]
    const [batch, groups, time, size] = builder.shape(k) as [number, number, number, number]
    const n = count++
    const joined = (name: string, x: number) => {
      newOutputs[`${name}.${n}`] = x
      if (past === 0) return x
      const before = builder.input(`past.${n}.${name}`, [batch, groups, past, size], 'float32')
      return builder.apply('concat', [before, x], { axis: 2 }, node.scope)
    }
    const mask = builder.input('mask', [batch, 1, time, past + time], 'float32')
    return attend(builder, node, q, joined('keys', k), joined('values', v), [mask])
  })
  const outputs = Object.entries(graph.outputs).map(([name, node]) => [name, place[node]!])
  return builder.finish({ ...Object.fromEntries(outputs), ...newOutputs })
}

/** The mask [batch, 1, time, past + time] for texts of which text b has `filled[b]` tokens in its past. */
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
