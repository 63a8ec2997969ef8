/** The memory that automatic differentiation needs: the results that a forward pass keeps for the backward pass. */

import type { AttentionNode } from '../attention/attention.ts'
import type { Graph } from '../graph.ts'
import type { Op, Shape } from '../ops.ts'
import { sizeOf } from '../shape.ts'

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
  abs: first,
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
  top_k: nothing,
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
  shift: nothing,
  position_grid: nothing,
  dropout: { inputs: [1] },
}

/** The numbers that attention with a bias, a cap or sinks keeps besides: no fused kernel computes it, so that there are logits. */
function logitsOf(graph: Graph, { inputs, attributes: { bias, cap, sinks } }: AttentionNode): number {
  const each = Number(bias ?? false) + Number(cap !== undefined) + Number(sinks ?? false)
  if (each === 0) return 0
  const [q, k] = inputs.map((input) => graph.nodes[input]!.shape) as [Shape, Shape]
  // The weights of attention, and the logits of a cap.
  return (1 + Number(cap !== undefined)) * sizeOf([q[0]!, q[1]!, q[2]!, k[2]!])
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
  let numbers = graph.nodes.reduce((sum, node) => sum + (node.op === 'attention' ? logitsOf(graph, node) : 0), 0)
  for (const index of saved) {
    const node = graph.nodes[index]!
    if (node.op !== 'weight' && node.op !== 'input' && node.op !== 'constant') numbers += sizeOf(node.shape)
  }
  return numbers
}
