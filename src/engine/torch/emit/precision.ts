/**
 * The number formats of values. Weights are kept in float32. In bfloat16, products, look-ups and the residual stream between them are
 * bfloat16, as in Megatron, torchtitan and nanochat: half the memory for activations, and tensor cores. Softmax, normalizations,
 * reductions, the loss and scores of one number (rewards, values) are computed in float32, since they sum many numbers or
 * compare close ones. Casts are values, so that the text says where each happens.
 */

import type { Precision } from '../../names.ts'
import type { WithLeaves } from './leaves.ts'
import { type Value, type ValueOf, type ValueOp, ValuesBuilder } from './values.ts'

/** How an operation treats the formats of its operands, in bfloat16. */
type Policy =
  /** Computed in bfloat16 if a weight or a tensor in bfloat16 is among the operands. */
  | 'half'
  /** Computed in float32. */
  | 'full'
  /** In the format of the operands; weights are cast to that of the tensors that they meet. */
  | 'follow'
  /** In the format of the first operand; others are as they are. */
  | 'first'

const policies: { readonly [K in ValueOp]: Policy } = {
  input: 'follow',
  weight: 'follow',
  constant: 'follow',
  causal_mask: 'follow',
  add: 'follow',
  sub: 'follow',
  mul: 'follow',
  div: 'follow',
  maximum: 'follow',
  minimum: 'follow',
  greater: 'full',
  neg: 'follow',
  abs: 'follow',
  exp: 'full',
  log: 'full',
  sqrt: 'full',
  rsqrt: 'full',
  tanh: 'follow',
  sigmoid: 'follow',
  relu: 'follow',
  silu: 'follow',
  gelu: 'follow',
  erf: 'follow',
  matmul: 'half',
  reshape: 'follow',
  transpose: 'follow',
  concat: 'half',
  slice: 'follow',
  broadcast: 'follow',
  sum: 'full',
  mean: 'full',
  gather: 'half',
  scatter_add: 'full',
  add_at: 'full',
  top_k: 'full',
  softmax: 'full',
  log_softmax: 'full',
  log_probability: 'full',
  layer_norm: 'full',
  rms_norm: 'full',
  inverse_deviation: 'full',
  rotary: 'full',
  rope: 'first',
  packing: 'full',
  band: 'full',
  position_grid: 'full',
  attention: 'half',
  segment_mask: 'full',
  shift: 'first',
  dropout: 'half',
  module: 'first',
  linear_log_probability: 'full',
  item: 'full',
  cast: 'first',
}

/** The values with casts to bfloat16 and back; outputs are float32. */
export function withPrecision(all: WithLeaves, precision: Precision): WithLeaves {
  if (precision === 'float32') return all
  const formats = new Formats()
  const place: number[] = []
  for (const value of all.values)
    place.push(
      formats.add(
        value,
        value.inputs.map((input) => place[input]!),
      ),
    )
  const outputs = Object.entries(all.outputs).map(([name, i]) => [name, formats.cast(place[i]!, 'float32', '')])
  return { ...formats.builder.finish(Object.fromEntries(outputs)), leaves: all.leaves }
}

class Formats {
  readonly builder = new ValuesBuilder()
  /** The values in bfloat16. */
  readonly #half = new Set<number>()
  readonly #casts = new Map<string, number>()

  /** The value in a format; itself if it has it already, or has none. */
  cast(i: number, to: Precision, scope: string): number {
    const { shape, dtype, op } = this.builder.values[i]!
    if (!this.#isFloat(i) || op === 'constant' || this.#half.has(i) === (to === 'bfloat16')) return i
    const key = `${i} ${to} ${scope}`
    const known = this.#casts.get(key)
    if (known !== undefined) return known
    const made = this.builder.push({ op: 'cast', inputs: [i], attributes: { to }, shape, dtype, scope })
    if (to === 'bfloat16') this.#half.add(made)
    this.#casts.set(key, made)
    return made
  }

  #isFloat(i: number): boolean {
    const value = this.builder.values[i]!
    return value.dtype === 'float32' && !isTable(value)
  }

  /** Adds a value, with its operands in the formats that it takes. */
  add(value: Value, inputs: readonly number[]): number {
    const { values } = this.builder
    const isHalf = (i: number) => this.#half.has(i)
    const cast = (i: number, to: Precision) => this.cast(i, to, value.scope)
    const push = (given: readonly number[], half: boolean): number => {
      const made = this.builder.push({ ...value, inputs: given } as ValueOf<ValueOp>)
      if (half && value.dtype === 'float32') this.#half.add(made)
      return made
    }
    const all = (to: Precision) => inputs.map((i) => cast(i, to))
    const tensors = inputs.filter((i) => this.#isFloat(i) && values[i]!.op !== 'constant')
    const computed = tensors.filter((i) => values[i]!.op !== 'weight')

    if (value.op === 'module') return this.#module(value, inputs, cast, push)
    if (value.op === 'linear_log_probability') return push([cast(inputs[0]!, 'bfloat16'), ...inputs.slice(1)], false)
    if (value.op === 'gather') {
      // The rows of a table are cast, not the table.
      if (values[inputs[0]!]!.op !== 'weight') return push(inputs, isHalf(inputs[0]!))
      return cast(push(inputs, false), 'bfloat16')
    }
    if (value.op === 'attention') {
      // Logits are computed in float32, and so are a bias and sinks.
      const half = inputs.slice(0, 3).some(isHalf)
      const own = inputs.slice(0, 3).map((i) => cast(i, half ? 'bfloat16' : 'float32'))
      return push([...own, ...inputs.slice(3).map((i) => cast(i, 'float32'))], half)
    }
    switch (policies[value.op]) {
      case 'first':
        return push(inputs, isHalf(inputs[0]!))
      case 'full': {
        const made = push(all('float32'), false)
        // Normalized rows are part of the stream that they were read from.
        const isNorm = value.op === 'layer_norm' || value.op === 'rms_norm'
        return isNorm && isHalf(inputs[0]!) ? cast(made, 'bfloat16') : made
      }
      case 'half': {
        // One number, such as a reward, is a result and not a part of the stream.
        const isScore = value.op === 'matmul' && value.shape.at(-1) === 1
        const half = !isScore && tensors.some((i) => isHalf(i) || (values[i]!.op === 'weight' && value.op === 'matmul'))
        return push(all(half ? 'bfloat16' : 'float32'), half)
      }
      case 'follow': {
        // As PyTorch promotes: a scalar does not change the format of a tensor.
        const ranked = computed.filter((i) => values[i]!.shape.length > 0)
        const deciding = ranked.length > 0 ? ranked : computed
        const half = deciding.length > 0 && deciding.every(isHalf)
        return push(half ? inputs.map((i) => (values[i]!.op === 'weight' ? cast(i, 'bfloat16') : i)) : inputs, half)
      }
    }
  }

  #module(
    value: ValueOf<'module'>,
    inputs: readonly number[],
    cast: (i: number, to: Precision) => number,
    push: (given: readonly number[], half: boolean) => number,
  ): number {
    const { leaf } = value.attributes
    switch (leaf.type) {
      case 'Linear':
      case 'LoraLinear': {
        const half = leaf.to > 1
        return push([cast(inputs[0]!, half ? 'bfloat16' : 'float32')], half)
      }
      case 'Embedding':
        return push(inputs, true)
      case 'LayerNorm':
      case 'RMSNorm':
        return push(inputs, this.#half.has(inputs[0]!))
    }
  }
}

/** Whether a value is not one tensor of floats: tables of cosines, masks of booleans, pairs. */
function isTable({ op }: Value): boolean {
  return op === 'rotary' || op === 'packing' || op === 'band' || op === 'linear_log_probability'
}
