/** Generation: the graph of the next tokens of a text, given the keys and values of the tokens before. */

import { GraphBuilder } from '../build.ts'
import { abs, apply, concat, Expr, greater, input, matmul, mul, reshape, sub } from '../expr.ts'
import type { ShiftNode } from '../gradients/expand.ts'
import type { Graph } from '../graph.ts'
import { masked, type Shape } from '../ops.ts'
import { copyInto } from '../rewrite.ts'
import { sizeOf } from '../shape.ts'
import { attend } from './attention.ts'
import { attentionInputs } from './attention-inputs.ts'

/**
 * `graph`, bound to a batch and to the number of tokens that are computed at once (1 for a step, more for a prompt), with room for
 * `past` tokens before them. Besides the inputs of `graph` it takes, for the n-th attention of the model,
 *
 *     past.n.keys, past.n.values   [batch, groups, past, size]
 *     mask                         [batch, 1, time, past + time]   see pastMask
 *
 * and besides the outputs of `graph` it gives `keys.n` and `values.n` [batch, groups, time, size] of the new tokens, to be copied to
 * their places in the past. What a `shift` reads is remembered as keys, without values. `positions` are those of the new tokens in the text, and a token stands in the past at the place of its position. With a `past` of 0, the graph takes the mask, but no
 * keys and values.
 */
export function withPast(graph: Graph, past: number): Graph {
  const builder = new GraphBuilder()
  const newOutputs: Record<string, number> = {}
  let count = 0
  /** The number of each tensor that a shift reads: it is remembered once. */
  const remembered = new Map<number, number>()
  const place = copyInto(builder, graph, (_, node, inputs) => {
    if (node.op === 'position_grid') return builder.apply(node.op, inputs, { ...node.attributes, past }, node.scope)
    if (node.op === 'shift') return shifted(node, inputs[0]!)
    if (node.op !== 'attention') return undefined
    if (!node.attributes.causal) throw new Error('only a model with causal attention can generate text')
    const { q, k, v, bias, sinks } = attentionInputs(node.attributes, inputs)
    const [batch, groups, time, size] = builder.shape(k) as [number, number, number, number]
    const n = count++
    const joined = (name: string, x: number) => {
      newOutputs[`${name}.${n}`] = x
      if (past === 0) return x
      const before = builder.input(`past.${n}.${name}`, [batch, groups, past, size], 'float32')
      return builder.apply('concat', [before, x], { axis: 2 }, node.scope)
    }
    const masks = [builder.input('mask', [batch, 1, time, past + time], 'float32')]
    const { window } = node.attributes
    if (window !== undefined) masks.push(windowMask(builder, [batch, time], past, window))
    return attend(builder, node, { q, k: joined('keys', k), v: joined('values', v), bias, sinks }, masks)
  })
  /**
   * The tensor of earlier tokens, which are remembered as keys [batch, 1, time, size] are: the row of the place that has the wanted position,
   * as a product with ones and zeros. Without a past the operation is as it was.
   */
  function shifted(node: ShiftNode, x: number): number | undefined {
    const shape = builder.shape(x) as readonly [number, number, ...number[]]
    const [batch, time, ...others] = shape
    const flat = [batch, 1, time, sizeOf(others)]
    const rows = builder.apply('reshape', [x], { shape: flat }, node.scope)
    const n = remembered.get(x) ?? count++
    remembered.set(x, n)
    newOutputs[`keys.${n}`] = rows
    if (past === 0) return undefined
    const before = input(builder, `past.${n}.keys`, [batch, 1, past, sizeOf(others)])
    const all = concat([before, new Expr(builder, rows)], 2, node.scope)
    const distance = distances(builder, [batch, time], past)
    const isThere = greater(0.5, abs(sub(distance, node.attributes.by)))
    // Places that are not filled hold anything.
    const isFilled = greater(input(builder, 'mask', [batch, 1, time, past + time]), 0.5 * masked)
    return reshape(matmul(mul(isThere, isFilled), all, {}, node.scope), shape, node.scope).node
  }

  const outputs = Object.entries(graph.outputs).map(([name, node]) => [name, place[node]!])
  return builder.finish({ ...Object.fromEntries(outputs), ...newOutputs })
}

/** The mask [batch, 1, time, past + time] that hides keys `window` or more positions before their query: the mask of a text knows no window. */
function windowMask(builder: GraphBuilder, tokens: Shape, past: number, window: number): number {
  return mul(greater(distances(builder, tokens, past), window - 0.5), masked).node
}

/** How many positions each key is before each query, [batch, 1, time, past + time]. */
function distances(builder: GraphBuilder, tokens: Shape, past: number): Expr {
  const positions = input(builder, 'positions', tokens, 'int32')
  const [queries, keys] = (['queries', 'keys'] as const).map((of) => apply('position_grid', [positions], { of, past }))
  return sub(queries!, keys!)
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
