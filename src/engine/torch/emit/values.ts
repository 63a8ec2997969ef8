/**
 * The values that a module computes: the nodes of a graph, and besides them those that PyTorch code computes once for all layers: rotary
 * tables from positions, and the mask of packed rows from segments.
 */

import type { Graph, GraphNode } from '../../../model/graph.ts'
import type { Attributes, Dtype } from '../../../model/ops.ts'
import { numeric } from '../../../model/shape.ts'

/** Values that graphs do not have as nodes. */
interface ExtraAttributes {
  /** positions [batch, time] → the cosines and sines [batch, 1, time, size / 2] by which `rope` rotates; a pair of tensors. */
  rotary: { readonly size: number; readonly base: number; readonly inverse: boolean }
  /** segments [batch, time] → which token sees which, as `attention` takes it. */
  packing: { readonly causal: boolean }
}

/** As in a graph, but `rope` takes the value of a `rotary`, and `attention` that of a `packing`. */
export type ValueAttributes = Attributes & ExtraAttributes

export type ValueOp = keyof ValueAttributes

export type Value = {
  readonly [K in ValueOp]: {
    readonly op: K
    /** Indices of earlier values. */
    readonly inputs: readonly number[]
    readonly attributes: ValueAttributes[K]
    readonly shape: readonly number[]
    readonly dtype: Dtype
    /** The part of the model that the value belongs to; empty for the model itself. */
    readonly scope: string
  }
}[ValueOp]

export interface Values {
  readonly values: readonly Value[]
  /** The value of each output. */
  readonly outputs: Readonly<Record<string, number>>
}

/** The values of a graph that is bound to numbers, each after its inputs. */
export function valuesOf(graph: Graph): Values {
  const values: Value[] = []
  const shared = new Map<string, number>()
  const place: number[] = []
  for (const node of graph.nodes) place.push(push(node, inputsOf(node)))
  const outputs = Object.entries(graph.outputs).map(([name, node]) => [name, place[node]!])
  return { values, outputs: Object.fromEntries(outputs) }

  function push(node: GraphNode, inputs: readonly number[]): number {
    const { op, attributes, shape, dtype, scope = '' } = node
    values.push({ op, inputs, attributes, shape: shape.map(numeric), dtype, scope } as Value)
    return values.length - 1
  }

  function inputsOf(node: GraphNode): readonly number[] {
    const inputs = node.inputs.map((input) => place[input]!)
    if (node.op === 'rope') {
      const { base, inverse } = node.attributes
      return [inputs[0]!, share('rotary', inputs[1]!, { size: numeric(node.shape.at(-1)!), base, inverse })]
    }
    if (node.op === 'attention' && inputs.length === 4)
      return [...inputs.slice(0, 3), share('packing', inputs[3]!, { causal: node.attributes.causal })]
    return inputs
  }

  /** A value of one input, computed once however many layers need it. */
  function share<K extends keyof ExtraAttributes>(op: K, input: number, attributes: ExtraAttributes[K]): number {
    const key = `${op} ${input} ${JSON.stringify(attributes)}`
    const known = shared.get(key)
    if (known !== undefined) return known
    const { shape } = values[input]!
    values.push({ op, inputs: [input], attributes, shape, dtype: 'float32', scope: '' } as Value)
    shared.set(key, values.length - 1)
    return values.length - 1
  }
}
