/** Attention in operations that every engine has kernels for. */

import type { GraphBuilder } from '../build.ts'
import { add, apply, clip, concat, div, Expr, matmul, mul, reshape, slice, tanh } from '../expr.ts'
import type { GraphNode } from '../graph.ts'
import { largestBias } from '../ops.ts'
import { numeric } from '../shape.ts'
import type { AttentionInputs } from './attention-inputs.ts'

export type AttentionNode = Extract<GraphNode, { op: 'attention' }>

/**
 * softmax(cap(scale · q kᵀ) + bias + masks) v, Vaswani et al. 2017, eq. 1; several heads of queries may share one of keys (Ainslie et al.
 * 2023). A mask is [time, keys] or [batch, 1, time, keys].
 */
export function attend(
  builder: GraphBuilder,
  { attributes, scope }: AttentionNode,
  inputs: Pick<AttentionInputs<number>, 'q' | 'k' | 'v' | 'bias' | 'sinks'>,
  masks: readonly number[],
): number {
  const of = (node: number) => new Expr(builder, node)
  const [q, k, v] = [of(inputs.q), of(inputs.k), of(inputs.v)]
  const [batch, heads, time] = q.shape.map(numeric) as [number, number, number]
  const [, groups, keys] = k.shape.map(numeric) as [number, number, number, number]
  const shared = heads !== groups
  // (B, G, H/G, T, S) against (B, G, 1, T, S): each head of keys and values meets its group of queries.
  const grouped = (x: Expr, count: number, length: number) =>
    shared ? reshape(x, [batch, groups, count, length, x.shape[3]!], scope) : x
  /** A tensor that broadcasts to [batch, heads, time, keys], in the shape that broadcasts to the logits. */
  const wide = (x: Expr) => {
    const [b = 1, h = 1, t = 1, s = 1] = [...Array<number>(4 - x.shape.length).fill(1), ...x.shape.map(numeric)]
    if (!shared) return x
    return reshape(x, h === 1 ? [b, 1, 1, t, s] : [b, groups, heads / groups, t, s], scope)
  }
  let logits = matmul(
    grouped(q, heads / groups, time),
    grouped(k, 1, keys),
    { transposeB: true, alpha: attributes.scale },
    scope,
  )
  const { cap } = attributes
  if (cap !== undefined) logits = mul(tanh(div(logits, cap, scope), scope), cap, scope)
  if (inputs.bias !== undefined)
    logits = add(logits, wide(clip(of(inputs.bias), -largestBias, largestBias, scope)), scope)
  for (const mask of masks) logits = add(logits, of(mask).shape.length === 4 ? wide(of(mask)) : of(mask), scope)
  const out = matmul(weights(logits), grouped(v, 1, keys), {}, scope)
  return (shared ? reshape(out, [batch, heads, time, v.shape[3]!], scope) : out).node

  function weights(scores: Expr): Expr {
    if (inputs.sinks === undefined) return apply('softmax', [scores], {}, scope)
    const last = scores.shape.length - 1
    const column = [...scores.shape.slice(0, last), 1]
    const sinks = reshape(of(inputs.sinks), shared ? [groups, heads / groups, 1, 1] : [heads, 1, 1], scope)
    const all = concat([scores, apply('broadcast', [sinks], { shape: column }, scope)], last, scope)
    return slice(apply('softmax', [all], {}, scope), last, 0, keys, scope)
  }
}
