/** Scalar heads: one number a token, computed from the hidden state that a model's logits are computed from. */

import { GraphBuilder } from './build.ts'
import { add, Expr, matmul, reshape } from './expr.ts'
import type { Graph, WeightInit } from './graph.ts'
import { copyInto, finishCopy } from './rewrite.ts'
import { numeric } from './shape.ts'

/**
 * The graph of a language model with one more output, `name` [batch, time]: h · wᵀ + b, h the hidden state [batch, time, dim] that
 * its logits are a product of. The weights of the head are `<name>_head.weight` [1, dim], which begins as `init` says (from `dim`),
 * and `<name>_head.bias` [1], which begins at 0.
 */
export function withScalarHead(model: Graph, name: string, init: (dim: number) => WeightInit): Graph {
  const builder = new GraphBuilder()
  const place = copyInto(builder, model)
  const hidden = new Expr(builder, place[hiddenState(model)]!)
  const [batch, time, size] = hidden.shape
  const dim = numeric(size!)
  const scope = `${name}_head`
  const weight = new Expr(builder, builder.weight(`${scope}.weight`, [1, dim], init(dim), true))
  const bias = new Expr(builder, builder.weight(`${scope}.bias`, [1], { type: 'constant', value: 0 }, false))
  // (B, T, 1) to (B, T).
  const head = reshape(add(matmul(hidden, weight, { transposeB: true }, scope), bias, scope), [batch!, time!], scope)
  const outputs = Object.entries(model.outputs).map(([output, node]) => [output, place[node]!])
  return builder.finish({ ...Object.fromEntries(outputs), [name]: head.node })
}

/** The graph with only the outputs in `names`, without weights that only other outputs need. */
export function withOutputs(graph: Graph, names: readonly string[]): Graph {
  const builder = new GraphBuilder()
  const place = copyInto(builder, graph)
  return builder.finish(Object.fromEntries(names.map((name) => [name, place[graph.outputs[name]!]!])))
}

/**
 * The graph of a language model, bound to numbers, with logits [batch, 1, vocab] of one token of each text: `places` [batch, 1], a further
 * input, has its index in all batch · time. The logits of other tokens are not computed.
 */
export function withLogitsAt(model: Graph): Graph {
  const builder = new GraphBuilder()
  const hidden = hiddenState(model)
  const place = copyInto(builder, model, (_, node, inputs) => {
    if (node.op !== 'matmul' || node.inputs[0] !== hidden) return undefined
    const [batch, time, dim] = builder.shape(inputs[0]!).map(numeric) as [number, number, number]
    const all = builder.apply('reshape', [inputs[0]!], { shape: [batch * time, dim] }, node.scope)
    const chosen = builder.apply('gather', [all, builder.input('places', [batch, 1], 'int32')], {}, node.scope)
    return builder.apply('matmul', [chosen, inputs[1]!], node.attributes, node.scope)
  })
  return finishCopy(builder, model, place)
}

/** A reward head begins as in Ziegler et al. 2019: normal, with deviation 1/√(dim + 1) (reward detail "reward head layer initialization" of Huang et al. 2023). */
export const rewardInit = (dim: number): WeightInit => ({ type: 'normal', deviation: 1 / Math.sqrt(dim + 1) })

/** A value head begins at 0, so that its first values are not noise (policy detail "value head layer initialization" of Huang et al. 2023). */
export const valueInit = (): WeightInit => ({ type: 'constant', value: 0 })

/** The hidden state that the logits are a product of: found from the logits back, past biases, scales and caps. */
function hiddenState(model: Graph): number {
  const logits = model.outputs.logits
  if (logits === undefined) throw new Error('a head needs a graph with logits')
  const rank = model.nodes[logits]!.shape.length
  let at = logits
  for (;;) {
    const { op, inputs } = model.nodes[at]!
    const next = inputs.find((input) => model.nodes[input]!.shape.length === rank)
    if (next === undefined) throw new Error('the logits are not a product of a hidden state and a table')
    if (op === 'matmul') return next
    at = next
  }
}
