/** Writes attention out in products, masks and softmax, which have gradients and engines have kernels for. */

import type { GraphBuilder } from './build.ts'
import type { Graph, GraphNode } from './graph.ts'
import { rewrite } from './rewrite.ts'
import { numeric } from './shape.ts'

type AttentionNode = Extract<GraphNode, { op: 'attention' }>

/** `graph`, bound to numbers, with every attention written out. */
export function expandAttention(graph: Graph): Graph {
  return rewrite(graph, (builder, node, inputs) =>
    node.op === 'attention' ? attention(builder, node, inputs) : undefined,
  )
}

/** softmax(scale · q kᵀ + masks) v, Vaswani et al. 2017, eq. 1; heads of queries share those of keys (Ainslie et al. 2023). */
function attention(builder: GraphBuilder, node: AttentionNode, inputs: readonly number[]): number {
  const { causal, scale } = node.attributes
  const [q, k, v, segments] = inputs as [number, number, number, number?]
  const [batch, heads, time, size] = builder.shape(q).map(numeric) as [number, number, number, number]
  const [, groups, keys] = builder.shape(k).map(numeric) as [number, number, number, number]
  const scope = node.scope
  const plain = { transposeA: false, transposeB: false, alpha: 1 }
  const shared = heads !== groups
  // (B, G, H/G, T, S) against (B, G, 1, T, S): each head of keys and values meets its group of queries.
  const grouped = (x: number, count: number, length: number) =>
    shared ? builder.apply('reshape', [x], { shape: [batch, groups, count, length, size] }, scope) : x
  const queries = grouped(q, heads / groups, time)
  const keysGrouped = grouped(k, 1, keys)
  const valuesGrouped = grouped(v, 1, keys)
  let logits = builder.apply('matmul', [queries, keysGrouped], { ...plain, transposeB: true, alpha: scale }, scope)
  if (causal) logits = builder.apply('add', [logits, builder.apply('causal_mask', [], { size: time })], {}, scope)
  if (segments !== undefined) {
    let mask = builder.apply('segment_mask', [segments], {}, scope)
    if (shared) mask = builder.apply('reshape', [mask], { shape: [batch, 1, 1, time, time] }, scope)
    logits = builder.apply('add', [logits, mask], {}, scope)
  }
  const weights = builder.apply('softmax', [logits], {}, scope)
  const out = builder.apply('matmul', [weights, valuesGrouped], plain, scope)
  return shared ? builder.apply('reshape', [out], { shape: [batch, heads, time, size] }, scope) : out
}
