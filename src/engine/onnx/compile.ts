/** A tensor graph as the bytes of an ONNX model. */

import { expandAttention } from '../../model/expand.ts'
import type { Graph, GraphNode } from '../../model/graph.ts'
import type { Op } from '../../model/ops.ts'
import { numeric } from '../../model/shape.ts'
import { Emitter, type Name } from './emitter.ts'
import { isRowMean, type Lowered, lowerings, type Operand } from './lower.ts'
import { modelProto, nodeProto, valueProto } from './protobuf.ts'

export interface OnnxModel {
  readonly bytes: Uint8Array
  /** What each output of the graph is called in the model. */
  readonly names: Readonly<Record<string, Name>>
}

/** The model that computes `graph`, which has no symbols left. Inputs and weights have the names they have there. */
export function onnxModel(graph: Graph): OnnxModel {
  const { nodes, outputs } = expandAttention(graph)
  const emit = new Emitter()
  const values: Operand[] = []
  const inputs: Uint8Array[] = []
  /** By rows and ε. */
  const deviations = new Map<string, Name>()
  const means = new Map<Name, Name>()
  const taken = new Set<Name>()

  for (const node of nodes) {
    const shape = node.shape.map(numeric)
    if (node.op === 'input' || node.op === 'weight') {
      inputs.push(valueProto(node.attributes.name, node.dtype, shape))
      values.push({ name: node.attributes.name, shape })
      continue
    }
    const operands = node.inputs.map((input) => values[input]!)
    values.push({ name: found(node, operands) ?? lower(node, operands, shape), shape })
  }

  const names: Record<string, Name> = {}
  const results = Object.entries(outputs).map(([output, node]) => {
    const { name, shape } = values[node]!
    // A value is an output under its own name, without a copy, unless it is fed or is an output already.
    const direct = !['input', 'weight', 'constant', 'causal_mask'].includes(nodes[node]!.op) && !taken.has(name)
    const result = direct ? name : `${output} (copy)`
    if (!direct) emit.nodes.push(nodeProto('Identity', [name], [result], {}, ''))
    taken.add(result)
    names[output] = result
    return valueProto(result, nodes[node]!.dtype, shape)
  })
  return { bytes: modelProto({ nodes: emit.nodes, constants: emit.constants, inputs, outputs: results }), names }

  function lower(node: GraphNode, operands: readonly Operand[], shape: readonly number[]): Name {
    const lowering = lowerings[node.op] as (place: Lowered<Op>) => Name
    const name = lowering({ emit, inputs: operands, attributes: node.attributes, shape } as Lowered<Op>)
    // Normalization finds out the statistics of its rows on the way; its gradient asks for them.
    const rows = operands[0]?.name
    if (node.op === 'layer_norm') {
      means.set(rows!, `${name}.1`)
      deviations.set(`${rows} true ${node.attributes.epsilon}`, `${name}.2`)
    }
    if (node.op === 'rms_norm') deviations.set(`${rows} false ${node.attributes.epsilon}`, `${name}.1`)
    return name
  }

  /** A statistic that a normalization of the same rows has as an output. */
  function found(node: GraphNode, operands: readonly Operand[]): Name | undefined {
    const rows = operands[0]?.name
    if (node.op === 'inverse_deviation')
      return deviations.get(`${rows} ${node.attributes.centred} ${node.attributes.epsilon}`)
    if (node.op === 'mean' && isRowMean(node.attributes, operands[0]!.shape.length)) return means.get(rows!)
    return undefined
  }
}
