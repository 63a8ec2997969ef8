/**
 * The values that a module computes: the nodes of a graph, tables that are computed once for all layers, calls of modules, and casts.
 */

import { attentionInputs, withoutSegments } from '../../../model/attention/attention-inputs.ts'
import type { Graph, GraphNode } from '../../../model/graph.ts'
import type { Attributes, Dtype } from '../../../model/ops.ts'
import { numeric } from '../../../model/shape.ts'
import type { Leaf } from './leaves.ts'
import type { LinearLogProbability } from './loss.ts'

/** Values that graphs do not have as nodes. */
interface ExtraAttributes {
  /** positions [batch, time] → the cosines and sines [batch, 1, time, size / 2] by which `rope` rotates; a pair of tensors. */
  rotary: Attributes['rope'] & { readonly size: number }
  /** segments [batch, time] → which token sees which, [batch, 1, time, time], as `attention` takes it. */
  packing: { readonly causal: boolean; readonly window?: number }
  /** tokens [batch, time], or queries [batch, heads, time, size] → which token of a row sees which, [time, time]. */
  band: { readonly window?: number }
  /** x → the result of a module such as a Linear. */
  module: { readonly path: string; readonly leaf: Leaf }
  /** (x [..., dim], table [rows, dim], ids [...], …) → log-probabilities [...], or a pair of them and the entropies. */
  linear_log_probability: LinearLogProbability
  /** One of the values of a pair. */
  item: { readonly index: number }
  cast: { readonly to: 'float32' | 'bfloat16' }
}

/** As in a graph, but `rope` takes the value of a `rotary`, and `attention` that of a `packing` or a `band` in place of segments. */
export type ValueAttributes = Attributes & ExtraAttributes

export type ValueOp = keyof ValueAttributes

export type ValueOf<K extends ValueOp> = {
  readonly op: K
  /** Indices of earlier values. */
  readonly inputs: readonly number[]
  readonly attributes: ValueAttributes[K]
  readonly shape: readonly number[]
  readonly dtype: Dtype
  /** The part of the model that the value belongs to; empty for the model itself. */
  readonly scope: string
}

export type Value = { readonly [K in ValueOp]: ValueOf<K> }[ValueOp]

export interface Values {
  readonly values: readonly Value[]
  /** The value of each output. */
  readonly outputs: Readonly<Record<string, number>>
}

/** Values under construction. */
export class ValuesBuilder {
  readonly values: Value[] = []
  readonly #shared = new Map<string, number>()

  push<K extends ValueOp>(value: ValueOf<K>): number {
    this.values.push(value as unknown as Value)
    return this.values.length - 1
  }

  /** A value of the model itself, computed once however many parts need it. */
  share<K extends ValueOp>(op: K, inputs: readonly number[], attributes: ValueAttributes[K]): number {
    const key = `${op} ${inputs.join(' ')} ${JSON.stringify(attributes)}`
    const known = this.#shared.get(key)
    if (known !== undefined) return known
    const { shape } = this.values[inputs[0]!]!
    const made = this.push({ op, inputs, attributes, shape, dtype: 'float32', scope: '' })
    this.#shared.set(key, made)
    return made
  }

  /** Those values that the outputs need. */
  finish(outputs: Readonly<Record<string, number>>): Values {
    const needed = new Set(Object.values(outputs))
    for (let i = this.values.length - 1; i >= 0; i--)
      if (needed.has(i)) for (const input of this.values[i]!.inputs) needed.add(input)
    const place = new Map<number, number>()
    const values: Value[] = []
    for (const [i, value] of this.values.entries()) {
      if (!needed.has(i)) continue
      place.set(i, values.length)
      values.push({ ...value, inputs: value.inputs.map((input) => place.get(input)!) } as Value)
    }
    const moved = Object.entries(outputs).map(([name, i]) => [name, place.get(i)!])
    return { values, outputs: Object.fromEntries(moved) }
  }
}

/** Rewrites values: `visit` returns the index of a value that it built in place of one, or `undefined` to copy it. */
export function rewriteValues(
  { values, outputs }: Values,
  visit: (builder: ValuesBuilder, value: Value, inputs: readonly number[], index: number) => number | undefined,
): Values {
  const builder = new ValuesBuilder()
  const place: number[] = []
  for (const [i, value] of values.entries()) {
    const inputs = value.inputs.map((input) => place[input]!)
    place.push(visit(builder, value, inputs, i) ?? builder.push({ ...value, inputs } as ValueOf<ValueOp>))
  }
  return builder.finish(Object.fromEntries(Object.entries(outputs).map(([name, i]) => [name, place[i]!])))
}

/** The indices of the values that read each value. */
export function usersOf({ values }: Values): number[][] {
  const users: number[][] = values.map(() => [])
  for (const [i, { inputs }] of values.entries()) for (const input of new Set(inputs)) users[input]!.push(i)
  return users
}

/** The values of a graph that is bound to numbers, each after its inputs. */
export function valuesOf(graph: Graph): Values {
  const builder = new ValuesBuilder()
  const place: number[] = []
  for (const node of graph.nodes) {
    const inputs = inputsOf(node)
    const { op, attributes, dtype, scope = '' } = node
    place.push(
      builder.push({ op, inputs, attributes, shape: node.shape.map(numeric), dtype, scope } as ValueOf<ValueOp>),
    )
  }
  return builder.finish(Object.fromEntries(Object.entries(graph.outputs).map(([name, node]) => [name, place[node]!])))

  function inputsOf(node: GraphNode): readonly number[] {
    const inputs = node.inputs.map((input) => place[input]!)
    if (node.op === 'rope') {
      const size = numeric(node.shape.at(-1)!)
      return [inputs[0]!, builder.share('rotary', [inputs[1]!], { size, ...node.attributes })]
    }
    if (node.op !== 'attention') return inputs
    const { causal, window, bias, cap, sinks } = node.attributes
    const { q, segments } = attentionInputs(node.attributes, inputs)
    const within = window === undefined ? {} : { window }
    const own = withoutSegments(node.attributes, inputs)
    if (segments !== undefined) return [...own, builder.share('packing', [segments], { causal, ...within })]
    const isPlain = [window, bias, cap, sinks].every((each) => each === undefined)
    if (!causal || isPlain) return own
    // One mask for all layers, if the graph has tokens.
    const tokens = graph.inputs.tokens
    return [...own, builder.share('band', [tokens === undefined ? q : place[tokens]!], within)]
  }
}
