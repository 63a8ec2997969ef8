/** Expands composite operations into ones that have gradients and that every engine has kernels for. */

import { type AttentionNode, attend } from '../attention/attention.ts'
import { attentionInputs } from '../attention/attention-inputs.ts'
import type { GraphBuilder } from '../build.ts'
import { apply, concat, constant, Expr, greater, mul, reshape, slice } from '../expr.ts'
import type { Graph, GraphNode } from '../graph.ts'
import { rewrite } from '../rewrite.ts'
import { numeric } from '../shape.ts'

/** Operations that are made of others. An engine that is fast at one computes it whole: see Engine.fused. */
export type CompositeOp = 'attention' | 'shift'

export type ShiftNode = Extract<GraphNode, { op: 'shift' }>

/** How each composite operation is expanded: the node of its result. */
const expansions: {
  readonly [K in CompositeOp]: (
    builder: GraphBuilder,
    node: Extract<GraphNode, { op: K }>,
    inputs: readonly number[],
  ) => number
} = { attention: expandAttention, shift: expandShift }

type Expansion = (builder: GraphBuilder, node: GraphNode, inputs: readonly number[]) => number

/** `graph`, bound to numbers, with every composite operation expanded but those of `fused`. */
export function expandComposites(graph: Graph, fused: ReadonlySet<CompositeOp> = new Set()): Graph {
  return rewrite(graph, (builder, node, inputs) =>
    isComposite(node) && !fused.has(node.op) ? (expansions[node.op] as Expansion)(builder, node, inputs) : undefined,
  )
}

function isComposite(node: GraphNode): node is Extract<GraphNode, { op: CompositeOp }> {
  return Object.hasOwn(expansions, node.op)
}

function expandAttention(builder: GraphBuilder, node: AttentionNode, inputs: readonly number[]): number {
  const { segments, ...named } = attentionInputs(node.attributes, inputs)
  const { causal, window } = node.attributes
  const masks: number[] = []
  if (causal) {
    const [queries, keys] = [named.q, named.k].map((x) => builder.shape(x)[2]!)
    if (queries !== keys)
      throw new Error('causal attention is of a text to itself; attention to earlier tokens is in past.ts')
    masks.push(builder.apply('causal_mask', [], { size: queries!, ...(window === undefined ? {} : { window }) }))
  }
  if (segments !== undefined) masks.push(builder.apply('segment_mask', [segments], {}, node.scope))
  return attend(builder, node, named, masks)
}

/** Zeros before the tokens, without the last ones; and zeros at the beginning of each text, which may be within a row. */
function expandShift(builder: GraphBuilder, node: ShiftNode, inputs: readonly number[]): number {
  const [x, positions] = inputs.map((input) => new Expr(builder, input)) as [Expr, Expr]
  const { scope } = node
  const [batch, time, ...others] = x.shape.map(numeric) as [number, number, ...number[]]
  const { by } = node.attributes
  const moved = by < time ? concat([zeros(by), slice(x, 1, 0, time - by, scope)], 1, scope) : mul(x, 0, scope)
  const places = apply('position_grid', [positions], { of: 'queries', past: 0 }, scope)
  const isInText = greater(reshape(places, [batch, time, ...others.map(() => 1)], scope), by - 0.5, scope)
  return mul(moved, isInText, scope).node

  function zeros(count: number): Expr {
    return apply('broadcast', [constant(builder, 0)], { shape: [batch, count, ...others] }, scope)
  }
}
