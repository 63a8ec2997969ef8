/** Compiles a tensor graph to the bytes of an ONNX model. */

import { expandComposites } from '../../model/gradients/expand.ts'
import type { Graph, GraphNode } from '../../model/graph.ts'
import type { Op } from '../../model/ops.ts'
import { numeric } from '../../model/shape.ts'
import { Emitter, type Name } from './emitter.ts'
import { fuseSums } from './fuse.ts'
import { type LoweringInput, lowerings } from './lower.ts'
import { exact, type Operand, type StoredOperand } from './operand.ts'
import { modelProto, nodeProto, valueProto } from './protobuf.ts'
import { Statistics } from './statistics.ts'

export interface OnnxModel {
  readonly bytes: Uint8Array
  /** For each output of the graph, its name in the model. */
  readonly names: Readonly<Record<string, Name>>
}

/** The model that computes `bound`, a graph without symbols. Inputs and weights keep their names. */
export function onnxModel(bound: Graph): OnnxModel {
  const graph = expandComposites(bound)
  const { nodes, outputs } = graph
  const emit = new Emitter()
  const statistics = new Statistics()
  const sums = fuseSums(graph)
  const within = new Set([...sums.values()].map((each) => each.head))
  const values: (Operand | undefined)[] = []
  const inputs: Uint8Array[] = []
  const operandsOf = (node: GraphNode) => node.inputs.map((input) => values[input]!)

  for (const [i, node] of nodes.entries()) values.push(within.has(i) ? undefined : compute(i, node))

  const names: Record<string, Name> = {}
  const taken = new Set<Name>()
  const results = Object.entries(outputs).map(([output, index]) => {
    const { dtype } = nodes[index]!
    const value = values[index]!
    const name = exact(emit, value)
    // A value becomes an output without a copy, unless it is an input or another output already.
    const direct = emit.computed(name) && !taken.has(name)
    const result = direct ? name : `${output} (copy)`
    if (!direct) emit.nodes.push(nodeProto('Identity', [name], [result], {}, ''))
    taken.add(result)
    names[output] = result
    return valueProto(result, dtype, value.shape)
  })
  return { bytes: modelProto({ nodes: emit.nodes, constants: emit.constants, inputs, outputs: results }), names }

  function compute(index: number, node: GraphNode): Operand {
    const shape = node.shape.map(numeric)
    if (node.op === 'input' || node.op === 'weight') {
      inputs.push(valueProto(node.attributes.name, node.dtype, shape))
      return { name: node.attributes.name, shape, held: shape }
    }
    const known = statistics.find(node, operandsOf(node), shape)
    if (known !== undefined) return known
    const fused = sums.get(index)
    const head = fused === undefined ? node : nodes[fused.head]!
    const addend = fused && values[fused.addend]!
    const lowering = lowerings[head.op] as (place: LoweringInput<Op>) => Name | StoredOperand
    const input = { emit, inputs: operandsOf(head), attributes: head.attributes, shape }
    const result = lowering({ ...input, ...(addend && { addend }) } as LoweringInput<Op>)
    const { name, held } = typeof result === 'string' ? { name: result, held: shape } : result
    statistics.note(node, operandsOf(node), name, held)
    return { name, shape, held }
  }
}
