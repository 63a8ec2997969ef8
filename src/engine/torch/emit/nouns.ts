/** The name that a person would give to each value of a `forward`. */

import { variable } from './names.ts'
import type { Value, ValueOp } from './values.ts'

/** The noun of an operation, or how its result is named after what it is computed from. */
type Noun = { readonly noun: string } | { readonly after: number } | 'stream' | 'path' | 'input'

const noun = (text: string): Noun => ({ noun: text })
/** Named as the operand at a place: the same thing in another layout, or scaled. */
const after = (place: number): Noun => ({ after: place })

const nouns: { readonly [K in ValueOp]: Noun } = {
  input: 'input',
  weight: 'path',
  constant: noun('constant'),
  causal_mask: noun('mask'),
  add: 'stream',
  sub: noun('difference'),
  mul: after(0),
  div: after(0),
  maximum: noun('larger'),
  minimum: noun('smaller'),
  greater: noun('is_greater'),
  neg: after(0),
  abs: after(0),
  exp: noun('exponential'),
  log: noun('logarithm'),
  sqrt: noun('root'),
  rsqrt: noun('inverse_root'),
  tanh: after(0),
  sigmoid: noun('gate'),
  relu: after(0),
  silu: after(0),
  gelu: after(0),
  erf: noun('error'),
  matmul: noun('product'),
  reshape: after(0),
  transpose: after(0),
  concat: noun('joined'),
  slice: after(0),
  broadcast: after(0),
  sum: noun('total_sum'),
  mean: noun('average'),
  gather: noun('rows'),
  scatter_add: noun('sums'),
  add_at: after(0),
  top_k: noun('chosen'),
  softmax: noun('probabilities'),
  log_softmax: noun('log_distribution'),
  log_probability: noun('log_probabilities'),
  layer_norm: noun('norm'),
  rms_norm: noun('norm'),
  inverse_deviation: noun('inverse_deviation'),
  rotary: noun('rotary_table'),
  rope: after(0),
  packing: noun('mask'),
  band: noun('mask'),
  position_grid: noun('places'),
  attention: noun('y'),
  segment_mask: noun('mask'),
  shift: noun('earlier'),
  dropout: after(0),
  module: 'path',
  linear_log_probability: noun('log_probabilities'),
  item: after(0),
  cast: after(0),
}

/** `layers.3.attention.q` is `q`, `table.weight` is `table`, `rms_norm_2` is `rms_norm`. */
export function nameOfPath(path: string): string {
  const parts = path.split('.').filter((part) => !/^\d+$/.test(part))
  const last = parts.at(-1) === 'weight' && parts.length > 1 ? parts.at(-2)! : (parts.at(-1) ?? 'x')
  return variable(last.replace(/_\d+$/, ''))
}

/** The name of an input in the part of a model that is the same for all layers: `dropout.3` is `dropout`. */
export function nameOfInput(name: string): string {
  return variable(
    name
      .split('.')
      .filter((part) => !/^\d+$/.test(part))
      .join('.'),
  )
}

/** The wanted name of a value. `known` has those of values that are named otherwise, such as arguments. */
export function wantedName(values: readonly Value[], i: number, known: ReadonlyMap<number, string>): string {
  const given = known.get(i)
  if (given !== undefined) return given
  const value = values[i]!
  const rule = nouns[value.op]
  if (rule === 'input') return nameOfInput((value as Extract<Value, { op: 'input' }>).attributes.name)
  if (rule === 'path')
    return nameOfPath(
      value.op === 'module' ? value.attributes.path : (value as Extract<Value, { op: 'weight' }>).attributes.name,
    )
  const operands = value.inputs.filter((input) => values[input]!.op !== 'constant')
  // The residual stream keeps its name; other sums start one.
  if (rule === 'stream') return value.shape.length < 3 ? 'combined' : 'x'
  if ('noun' in rule) return value.op === 'item' ? 'pair' : rule.noun
  if (value.op === 'item') {
    const pair = values[value.inputs[0]!]!
    const isSum = pair.op === 'linear_log_probability' && pair.attributes.weighted
    return (isSum ? ['weighted_sum', 'log_probabilities'] : ['log_probabilities', 'entropies'])[value.attributes.index]!
  }
  const operand = operands[rule.after] ?? operands[0]
  if (operand === undefined) return 'constant'
  const operandValue = values[operand]!
  return operandValue.op === 'weight' ? nameOfPath(operandValue.attributes.name) : wantedName(values, operand, known)
}
