/** The memory that automatic differentiation needs: the results that a forward pass keeps for the backward pass. */

import type { Graph } from './graph.ts'
import type { Op } from './ops.ts'
import { sizeOf } from './shape.ts'

/** The tensors of an operation that its gradient reads: inputs by index, all of them, or its own result. */
interface Kept {
  readonly inputs?: readonly number[] | 'all'
  readonly result?: true
}

const nothing: Kept = {}
const first: Kept = { inputs: [0] }
const all: Kept = { inputs: 'all' }
const result: Kept = { result: true }

/** As PyTorch keeps them (tools/autograd/derivatives.yaml). Logits are computed in parts, and again for their gradients. */
const kept: { readonly [K in Op]: Kept } = {
  input: nothing,
  weight: nothing,
  constant: nothing,
  causal_mask: nothing,
  add: nothing,
  sub: nothing,
  mul: all,
  div: all,
  maximum: all,
  minimum: all,
  greater: nothing,
  neg: nothing,
  exp: result,
  log: first,
  sqrt: result,
  rsqrt: result,
  tanh: result,
  sigmoid: result,
  relu: result,
  silu: first,
  gelu: first,
  erf: first,
  matmul: all,
  reshape: nothing,
  transpose: nothing,
  concat: nothing,
  slice: nothing,
  broadcast: nothing,
  sum: nothing,
  mean: nothing,
  gather: nothing,
  scatter_add: nothing,
  add_at: nothing,
  softmax: result,
  log_softmax: result,
  log_probability: nothing,
  layer_norm: first,
  rms_norm: first,
  inverse_deviation: first,
  // Rotating back needs only the angles.
  rope: nothing,
  // Flash attention keeps no weights of attention (Dao et al. 2022).
  attention: { inputs: 'all', result: true },
  segment_mask: nothing,
  dropout: { inputs: [1] },
}

/**
 * The numbers that the forward pass of a graph keeps, each counted once: a view shares the memory of its tensor. Weights, ids and
 * inputs do not count. All sizes of the graph are numbers.
 */
export function savedNumbers(graph: Graph): number {
  const holder: number[] = []
  const saved = new Set<number>()
  for (const [i, node] of graph.nodes.entries()) {
    holder.push(node.op === 'reshape' || node.op === 'transpose' ? holder[node.inputs[0]!]! : i)
    const { inputs = [], result: own } = kept[node.op]
    for (const [place, input] of node.inputs.entries())
      if (inputs === 'all' || inputs.includes(place)) saved.add(holder[input]!)
    if (own) saved.add(holder[i]!)
  }
  let numbers = 0
  for (const index of saved) {
    const node = graph.nodes[index]!
    if (node.op !== 'weight' && node.op !== 'input' && node.op !== 'constant') numbers += sizeOf(node.shape)
  }
  return numbers
}
