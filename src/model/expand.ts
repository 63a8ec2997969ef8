/** Expands composite operations into ones that have gradients and that every engine has kernels for. */

import type { GraphBuilder } from './build.ts'
import type { Graph, GraphNode } from './graph.ts'
import { rewrite } from './rewrite.ts'
import { numeric } from './shape.ts'

/** Operations that are made of others. An engine that is fast at one computes it whole: see Engine.fused. */
export type CompositeOp = 'attention'

type AttentionNode = Extract<GraphNode, { op: 'attention' }>

/** How each composite operation is expanded: the node of its result. */
const expansions: {
  readonly [K in CompositeOp]: (
    builder: GraphBuilder,
    node: Extract<GraphNode, { op: K }>,
    inputs: readonly number[],
  ) => number
} = { attention: expandAttention }

/** `graph`, bound to numbers, with every composite operation expanded but those of `fused`. */
export function expandComposites(graph: Graph, fused: ReadonlySet<CompositeOp> = new Set()): Graph {
  return rewrite(graph, (builder, node, inputs) =>
    isComposite(node) && !fused.has(node.op) ? expansions[node.op](builder, node, inputs) : undefined,
  )
}

function isComposite(node: GraphNode): node is Extract<GraphNode, { op: CompositeOp }> {
  return Object.hasOwn(expansions, node.op)
}

function expandAttention(builder: GraphBuilder, node: AttentionNode, inputs: readonly number[]): number {
  const [q, k, v, segments] = inputs as [number, number, number, number?]
  const masks: number[] = []
  if (node.attributes.causal) {
    const [queries, keys] = [q, k].map((x) => builder.shape(x)[2]!)
    if (queries !== keys)
      throw new Error('causal attention is of a text to itself; attention to earlier tokens is in past.ts')
    masks.push(builder.apply('causal_mask', [], { size: queries! }))
  }
  if (segments !== undefined) masks.push(builder.apply('segment_mask', [segments], {}, node.scope))
  return attend(builder, node, q, k, v, masks)
}

/**
 * softmax(scale · q kᵀ + masks) v, Vaswani et al. 2017, eq. 1; several heads of queries may share one of keys (Ainslie et al. 2023).
 * A mask is [time, keys] or [batch, 1, time, keys].
 */
export function attend(
  builder: GraphBuilder,
  { attributes, scope }: AttentionNode,
  q: number,
  k: number,
  v: number,
  masks: readonly number[],
): number {
  const [batch, heads, time, size] = builder.shape(q).map(numeric) as [number, number, number, number]
  const [, groups, keys] = builder.shape(k).map(numeric) as [number, number, number, number]
  const plain = { transposeA: false, transposeB: false, alpha: 1 }
  const shared = heads !== groups
  // (B, G, H/G, T, S) against (B, G, 1, T, S): each head of keys and values meets its group of queries.
  const grouped = (x: number, count: number, length: number) =>
    shared ? builder.apply('reshape', [x], { shape: [batch, groups, count, length, size] }, scope) : x
  const queries = grouped(q, heads / groups, time)
  const scaled = { ...plain, transposeB: true, alpha: attributes.scale }
  let logits = builder.apply('matmul', [queries, grouped(k, 1, keys)], scaled, scope)
  for (const mask of masks) {
    const wide = shared && builder.shape(mask).length === 4
    const shape = [batch, 1, 1, time, keys]
    logits = builder.apply('add', [logits, wide ? builder.apply('reshape', [mask], { shape }, scope) : mask], {}, scope)
  }
  const weights = builder.apply('softmax', [logits], {}, scope)
  const out = builder.apply('matmul', [weights, grouped(v, 1, keys)], plain, scope)
  return shared ? builder.apply('reshape', [out], { shape: [batch, heads, time, size] }, scope) : out
}
