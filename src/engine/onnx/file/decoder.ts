/** Compiles a tensor graph with open sizes to the ONNX graph of a decoder: see OnnxFiles in src/engine/onnx-files.ts. */

import { StageError } from '../../../core/failure.ts'
import { attentionInputs } from '../../../model/attention/attention-inputs.ts'
import type { Graph, GraphNode } from '../../../model/graph.ts'
import type { Op } from '../../../model/ops.ts'
import { withoutDropout } from '../../../model/rewrite.ts'
import { numeric } from '../../../model/shape.ts'
import { withOutputs } from '../../../model/training/heads.ts'
import type { CacheSizes } from '../../onnx-files.ts'
import type { Name } from '../emitter.ts'
import { nodeProto, valueProto } from '../protobuf.ts'
import { DecoderEmitter, inputNames, type Value } from './decoder-emitter.ts'
import { attendInDecoder, type DecoderInput, decoderLowerings, NotInDecoder } from './lower-decoder.ts'

/** The type of the weights in the file. All computing is in float32. */
export type WeightType = 'float32' | 'float16'

export interface Decoder {
  /** The parts of the graph, without its weights. */
  readonly nodes: readonly Uint8Array[]
  readonly constants: readonly Uint8Array[]
  readonly inputs: readonly Uint8Array[]
  readonly outputs: readonly Uint8Array[]
  readonly caches: readonly CacheSizes[]
  /** The weights that the graph uses. */
  readonly weights: readonly string[]
  /** The matrices that the graph wants as [in, out], where a weight is [out, in]. */
  readonly turned: ReadonlySet<string>
}

/** The decoder of `graph`, whose only open sizes are `batch` and `time`. `typeOf` is the type in which a weight is stored. */
export function decoderOf(graph: Graph, typeOf: (name: string) => WeightType): Decoder {
  const { nodes, outputs } = withoutDropout(withOutputs(graph, ['logits']))
  const emit = new DecoderEmitter()
  const turned = onlyTransposed(nodes)
  const values: Value[] = []
  const caches: CacheSizes[] = []
  const inputs = [valueProto(inputNames.tokens, 'int64', ['batch_size', 'sequence_length'])]
  inputs.push(valueProto(inputNames.mask, 'int64', ['batch_size', totalLength]))
  const results: Uint8Array[] = []
  const weights: string[] = []

  for (const node of nodes) values.push({ name: compute(node), shape: node.shape })
  const logits = result(values[outputs.logits!]!.name, 'logits')
  results.unshift(
    valueProto(logits, 'float32', ['batch_size', 'sequence_length', numeric(nodes[outputs.logits!]!.shape[2]!)]),
  )
  const { constants } = emit
  return { nodes: emit.nodes, constants, inputs, outputs: results, caches, weights, turned }

  function compute(node: GraphNode): Name {
    if (node.op === 'input') return input(node.attributes.name)
    if (node.op === 'weight') {
      const { name } = node.attributes
      weights.push(name)
      return typeOf(name) === 'float32' ? name : emit.cast(name, 'float32')
    }
    const operands = node.inputs.map((each) => values[each]!)
    if (node.op === 'attention') return attention(node, operands)
    const isTurned = (i: number) => {
      const of = nodes[node.inputs[i]!]!
      return of.op === 'weight' && turned.has(of.attributes.name)
    }
    const lowering = decoderLowerings[node.op] as (place: DecoderInput<Op>) => Name
    try {
      const place = { emit, inputs: operands, attributes: node.attributes, shape: node.shape, isTurned }
      return lowering(place as DecoderInput<Op>)
    } catch (error) {
      if (!(error instanceof NotInDecoder)) throw error
      throw new StageError(
        'unsupported-weights',
        `the model cannot be written as ONNX, because it has \`${node.op}\`${node.scope ? ` in ${node.scope}` : ''}: ${error.message}`,
        'Leave out `as onnx` to export the weights as they are.',
      )
    }
  }

  function input(name: string): Name {
    if (name === 'tokens') return inputNames.tokens
    if (name !== 'positions') throw new Error(`a decoder has no input \`${name}\``)
    inputs.push(valueProto(inputNames.positions, 'int64', ['batch_size', 'sequence_length']))
    return inputNames.positions
  }

  function attention(node: Extract<GraphNode, { op: 'attention' }>, operands: readonly Value[]): Name {
    const { q, k, v, bias, sinks } = attentionInputs(node.attributes, operands)
    if (!node.attributes.causal)
      throw new StageError(
        'unsupported-weights',
        'the model cannot be written as ONNX: its attention sees later tokens, so that it cannot write text',
      )
    const n = caches.length
    const sizes = (x: Value) => [numeric(x.shape[1]!), numeric(x.shape[3]!)] as const
    const [[heads, keys], [, valuesSize]] = [sizes(k), sizes(v)]
    caches.push({ heads, keys, values: valuesSize })
    const joined = (name: 'key' | 'value', x: Value, size: number): Value => {
      const past = `past_key_values.${n}.${name}`
      inputs.push(valueProto(past, 'float32', ['batch_size', heads, 'past_sequence_length', size]))
      const all = emit.node('Concat', [past, x.name], { axis: { int: 2 } })
      const present = result(all, `present.${n}.${name}`)
      results.push(valueProto(present, 'float32', ['batch_size', heads, totalLength, size]))
      return { name: all, shape: x.shape }
    }
    return attendInDecoder(emit, node.attributes, {
      q,
      k: joined('key', k, keys),
      v: joined('value', v, valuesSize),
      ...(bias && { bias: bias.name }),
      ...(sinks && { sinks: sinks.name }),
    })
  }

  /** Gives a value the name of an output. */
  function result(name: Name, output: string): Name {
    emit.nodes.push(nodeProto('Identity', [name], [output], {}, ''))
    return output
  }
}

const totalLength = 'past_sequence_length + sequence_length'

/** The matrices that are used transposed only, as the second factor of products: the file holds them as those products want them. */
function onlyTransposed(nodes: readonly GraphNode[]): ReadonlySet<string> {
  const found = new Set<string>()
  const others = new Set<string>()
  for (const node of nodes)
    for (const [i, input] of node.inputs.entries()) {
      const of = nodes[input]!
      if (of.op !== 'weight') continue
      const isTurned = node.op === 'matmul' && i === 1 && node.attributes.transposeB && of.shape.length === 2
      ;(isTurned ? found : others).add(of.attributes.name)
    }
  return new Set([...found].filter((name) => !others.has(name)))
}
