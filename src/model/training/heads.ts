/** Scalar heads: one number a token, computed from the hidden state that a model's logits are computed from. */

import { StageError } from '../../core/failure.ts'
import { GraphBuilder } from '../build.ts'
import { add, Expr, matmul, reshape } from '../expr.ts'
import { elementwise } from '../generates.ts'
import type { Graph, WeightInit } from '../graph.ts'
import { copyInto, finishCopy } from '../rewrite.ts'
import { numeric } from '../shape.ts'

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
 * input, has its index in all batch · time. The logits of other tokens are not computed, unless the model has them in another way than
 * from one product with a table.
 */
export function withLogitsAt(model: Graph): Graph {
  const builder = new GraphBuilder()
  const product = lastProduct(model)
  const place = copyInto(builder, model, (_, node, inputs) => {
    if (node.op !== 'matmul' || product === undefined || node !== model.nodes[product]) return undefined
    return builder.apply('matmul', [chosen(builder, inputs[0]!, node.scope), inputs[1]!], node.attributes, node.scope)
  })
  if (product !== undefined) return finishCopy(builder, model, place)
  const logits = model.outputs.logits!
  const outputs = Object.entries(model.outputs).map(([output, node]) => [output, place[node]!])
  const scope = model.nodes[logits]!.scope
  return builder.finish({ ...Object.fromEntries(outputs), logits: chosen(builder, place[logits]!, scope) })
}

/** The rows [batch, 1, size] of `x` [batch, time, size] at `places`. */
function chosen(builder: GraphBuilder, x: number, scope: string | undefined): number {
  const [batch, time, size] = builder.shape(x).map(numeric) as [number, number, number]
  const all = builder.apply('reshape', [x], { shape: [batch * time, size] }, scope)
  return builder.apply('gather', [all, builder.input('places', [batch, 1], 'int32')], {}, scope)
}

/**
 * The product with a table that the logits are computed from, number by number, together with tensors that are the same for all tokens;
 * `undefined` if there is none, as in a bigram model or in one that adds two products.
 */
function lastProduct({ nodes, outputs }: Graph): number | undefined {
  for (let at = outputs.logits!; ; ) {
    const node = nodes[at]!
    if (node.op === 'matmul') {
      const [x, table] = node.inputs.map((input) => nodes[input]!.shape.length)
      return x === 3 && table === 2 && !node.attributes.transposeA ? at : undefined
    }
    if (!elementwise.has(node.op)) return undefined
    const ofTokens = node.inputs.filter((input) => nodes[input]!.shape.length > 1)
    if (new Set(ofTokens).size !== 1) return undefined
    at = ofTokens[0]!
  }
}

/** A reward head begins as in Ziegler et al. 2019: normal, with deviation 1/√(dim + 1) (reward detail "reward head layer initialization" of Huang et al. 2023). */
export const rewardInit = (dim: number): WeightInit => ({ type: 'normal', deviation: 1 / Math.sqrt(dim + 1) })

/** A value head begins at 0, so that its first values are not noise (policy detail "value head layer initialization" of Huang et al. 2023). */
export const valueInit = (): WeightInit => ({ type: 'constant', value: 0 })

/** The hidden state that the logits are a product of; `undefined` if the model has none, as a bigram model. */
export function hiddenStateOf(model: Graph): number | undefined {
  const product = model.outputs.logits === undefined ? undefined : lastProduct(model)
  return product === undefined ? undefined : model.nodes[product]!.inputs[0]!
}

function hiddenState(model: Graph): number {
  const found = hiddenStateOf(model)
  if (found === undefined)
    throw new StageError(
      'no-hidden-state',
      'the model has no hidden state to put a head on: its logits are not the product of one and a table',
      'End the model with one `linear(x, vocab)`, as those of std.models do.',
    )
  return found
}
