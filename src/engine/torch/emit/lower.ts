/** The PyTorch expression of each operation. */

import { attentionInputs } from '../../../model/attention/attention-inputs.ts'
import { yarnRange } from '../../../model/attention/rotary.ts'
import { masked, type RotaryScaling } from '../../../model/ops.ts'
import { axisOf } from '../../../model/shape.ts'
import {
  at,
  attribute,
  call,
  type Expression,
  isGreater,
  list,
  literal,
  method,
  minus,
  negative,
  over,
  plus,
  primary,
  subscript,
  textOf,
  times,
  tuple,
} from './expression.ts'
import type { Helper } from './helpers.ts'
import type { LinearLogProbability } from './loss.ts'
import type { Value, ValueAttributes, ValueOp } from './values.ts'

/** A value that is written as an expression of its inputs. */
export interface Place<K extends ValueOp> {
  /** The expressions of the inputs. */
  readonly x: readonly Expression[]
  /** The values of the inputs. */
  readonly from: readonly Value[]
  readonly attributes: ValueAttributes[K]
  readonly shape: readonly number[]
  /** Records that a function is used; returns its name. */
  use(helper: Helper): string
  /** The name of the function that computes such log-probabilities. */
  useLoss(loss: LinearLogProbability): string
}

type Lowering<K extends ValueOp> = (place: Place<K>) => Expression

const unwritten = (): Expression => {
  throw new Error('inputs, weights and modules are written by their names')
}

const functional =
  (name: string, ...more: string[]): Lowering<ValueOp> =>
  ({ x }) =>
    call(name, x[0]!, ...more)

const own =
  (name: string): Lowering<ValueOp> =>
  ({ x }) =>
    method(x[0]!, name)

const operator =
  (write: (a: Expression, b: Expression) => Expression): Lowering<ValueOp> =>
  ({ x }) =>
    write(x[0]!, x[1]!)

/** The larger or the smaller of two tensors, or of a tensor and a number. */
const bound =
  (name: 'maximum' | 'minimum', limit: 'min' | 'max'): Lowering<ValueOp> =>
  ({ x, from }) => {
    const constant = from.findIndex(({ op }) => op === 'constant')
    if (constant === -1) return call(`torch.${name}`, ...x)
    return method(x[1 - constant]!, 'clamp', `${limit}=${textOf(x[constant]!)}`)
  }

const reduction =
  (name: 'sum' | 'mean'): Lowering<'sum' | 'mean'> =>
  ({ x, from, attributes: { axes, keep } }) => {
    const rank = from[0]!.shape.length
    const kept = keep ? ['keepdim=True'] : []
    // Without a dim, all axes are summed.
    if (axes.length === rank && !keep) return method(x[0]!, name)
    const dims = axes.map((axis) => axisOf(axis, rank)).map((axis) => (axis === rank - 1 ? -1 : axis))
    return method(x[0]!, name, `dim=${dims.length === 1 ? dims[0] : tuple(dims)}`, ...kept)
  }

/** The ids of `gather` and `scatter_add` of PyTorch: a column of 64-bit integers. */
const column = (ids: Expression) => method(method(ids, 'long'), 'unsqueeze', '-1')

/** A reshape that splits one axis or merges neighbors says only that, so that the text does not depend on the batch. */
function reshaped(x: Expression, from: readonly number[], to: readonly number[]): Expression {
  let same = 0
  while (same < Math.min(from.length, to.length) && from[same] === to[same]) same++
  let tail = 0
  while (tail < Math.min(from.length, to.length) - same && from.at(-1 - tail) === to.at(-1 - tail)) tail++
  const [gone, made] = [from.slice(same, from.length - tail), to.slice(same, to.length - tail)]
  if (gone.length === 0 && made.length === 0) return x
  if (gone.length === 0 && made.length === 1) return method(x, 'unsqueeze', String(tail === 0 ? -1 : same))
  if (gone.length === 1 && gone[0] === 1 && made.length === 0)
    return method(x, 'squeeze', String(tail === 0 ? -1 : same))
  if (gone.length === 1 && made.length > 1) return method(x, 'unflatten', String(tail === 0 ? -1 : same), tuple(made))
  if (gone.length > 1 && made.length === 1)
    return method(x, 'flatten', String(same), ...(tail === 0 ? [] : [String(same + gone.length - 1)]))
  return method(x, 'reshape', to.length === 0 ? '()' : to.join(', '))
}

function permuted(x: Expression, permutation: readonly number[]): Expression {
  const moved = permutation.flatMap((from, to) => (from === to ? [] : [to]))
  const [first, second] = moved
  if (first === undefined) return x
  if (moved.length === 2) return method(x, 'transpose', String(first), String(second))
  return method(x, 'permute', permutation.join(', '))
}

/** `x` with its last two axes exchanged if `turn`. */
const turned = (x: Expression, turn: boolean) => (turn ? attribute(x, 'mT') : x)

export const lowerings: { readonly [K in ValueOp]: Lowering<K> } = {
  input: unwritten,
  weight: unwritten,
  constant: ({ attributes }) => literal(attributes.value),
  causal_mask: ({ attributes: { size, window } }) => {
    const all = call('torch.full', tuple([size, size].map(String)), literal(masked))
    const after = method(all, 'triu', '1')
    return window === undefined ? after : plus(after, method(all, 'tril', String(-window)))
  },

  add: operator(plus),
  sub: operator(minus),
  mul: operator(times),
  div: operator(over),
  maximum: bound('maximum', 'min'),
  minimum: bound('minimum', 'max'),
  greater: ({ x }) => method(isGreater(x[0]!, x[1]!), 'float'),
  neg: operator(negative),
  abs: own('abs'),
  exp: own('exp'),
  log: own('log'),
  sqrt: own('sqrt'),
  rsqrt: own('rsqrt'),
  tanh: functional('torch.tanh'),
  sigmoid: functional('torch.sigmoid'),
  relu: functional('F.relu'),
  silu: functional('F.silu'),
  gelu: ({ x, attributes }) =>
    attributes.approximate === 'tanh' ? call('F.gelu', x[0]!, 'approximate="tanh"') : call('F.gelu', x[0]!),
  erf: functional('torch.erf'),

  matmul: ({ x, from, attributes: { transposeA, transposeB, alpha } }) => {
    const [a, b] = x as [Expression, Expression]
    const left = turned(a, transposeA)
    const product =
      transposeB && from[1]!.shape.length === 2 ? call('F.linear', left, b) : at(left, turned(b, transposeB))
    return alpha === 1 ? product : times(product, literal(alpha))
  },

  reshape: ({ x, from, shape }) => reshaped(x[0]!, from[0]!.shape, shape),
  transpose: ({ x, attributes }) => permuted(x[0]!, attributes.permutation),
  concat: ({ x, attributes: { axis } }) => call('torch.cat', list(x), `dim=${axis}`),
  slice: ({ x, from, attributes: { axis, start, end } }) => {
    const { shape } = from[0]!
    const place = axisOf(axis, shape.length)
    const range = `${start === 0 ? '' : start}:${end === shape[place] ? '' : end}`
    if (place === shape.length - 1 && place > 1) return subscript(x[0]!, `..., ${range}`)
    return subscript(x[0]!, [...Array.from({ length: place }, () => ':'), range].join(', '))
  },
  broadcast: ({ x, shape }) => method(x[0]!, 'expand', shape.length === 0 ? '()' : shape.join(', ')),

  sum: reduction('sum'),
  mean: reduction('mean'),

  gather: ({ x }) => call('F.embedding', x[1]!, x[0]!),
  scatter_add: ({ x, from, shape }) => {
    const [ids, values] = x as [Expression, Expression]
    const rows = from[0]!.shape.length === 1 ? values : method(values, 'flatten', '0', '-2')
    return method(method(values, 'new_zeros', shape.join(', ')), 'index_add', '0', method(ids, 'flatten'), rows)
  },
  add_at: ({ x: [x, ids, values] }) =>
    method(x!, 'scatter_add', '-1', column(ids!), method(values!, 'unsqueeze', '-1')),

  top_k: ({ x, attributes: { k }, use }) => call(use('top_k'), x[0]!, String(k)),

  softmax: functional('F.softmax', 'dim=-1'),
  log_softmax: functional('F.log_softmax', 'dim=-1'),
  log_probability: ({ x, use }) => call(use('log_probability'), ...x),
  layer_norm: ({ x: [x, ...weights], shape, attributes: { epsilon } }) =>
    call('F.layer_norm', x!, tuple([shape.at(-1)!]), ...weights, ...epsilonUnless(epsilon, 1e-5)),
  rms_norm: ({ x: [x, gain], shape, attributes: { epsilon } }) =>
    call('F.rms_norm', x!, tuple([shape.at(-1)!]), gain!, `eps=${textOf(literal(epsilon))}`),
  inverse_deviation: ({ x: [x], attributes: { epsilon, centred } }) => {
    const variance = centred
      ? method(x!, 'var', 'dim=-1', 'correction=0', 'keepdim=True')
      : method(method(x!, 'square'), 'mean', 'dim=-1', 'keepdim=True')
    return method(plus(variance, literal(epsilon)), 'rsqrt')
  },

  rotary: ({ x, attributes, use }) => {
    const { size, base, inverse, scaling } = attributes
    const table =
      scaling === undefined
        ? call(use('rotary'), x[0]!, String(size), named('base', base))
        : scaledRotary(x[0]!, size, base, scaling, use)
    return inverse ? call(use('reverse'), table) : table
  },
  rope: ({ x, use }) => call(use('rotate'), ...x),
  packing: ({ x, attributes: { causal, window }, use }) =>
    call(use('packing'), x[0]!, `causal=${causal ? 'True' : 'False'}`, ...windowUnlessNone(window)),
  band: ({ x: [x], from, attributes: { window }, use }) => {
    const size = subscript(attribute(x!, 'shape'), from[0]!.shape.length === 2 ? '1' : '2')
    return call(use('band'), size, attribute(x!, 'device'), ...windowUnlessNone(window))
  },
  module: unwritten,
  linear_log_probability: ({ x: [x, table, ids, ...more], attributes, useLoss }) => {
    const { scale, cap, bias, temperature, weighted } = attributes
    const name = useLoss(attributes)
    const factor = temperature ? over(literal(scale), more[bias ? 1 : 0]!) : literal(scale)
    const given = [
      ...(weighted ? [textOf(more.at(-1)!)] : []),
      ...(bias ? [`bias=${textOf(more[0]!)}`] : []),
      ...(temperature || scale !== 1 ? [`scale=${textOf(factor)}`] : []),
      ...(cap === undefined ? [] : [`cap=${textOf(literal(cap))}`]),
    ]
    return call(name, x!, table!, ids!, ...given)
  },
  item: ({ x, attributes }) => subscript(x[0]!, String(attributes.index)),
  cast: ({ x, attributes: { to } }) => method(x[0]!, to === 'float32' ? 'float' : 'bfloat16'),
  attention: ({ x, from, attributes, use }) => {
    const { causal, scale, cap } = attributes
    const { q, k, v, bias, sinks, segments: visible } = attentionInputs(attributes, x)
    if (bias !== undefined || sinks !== undefined || cap !== undefined) {
      const named = { visible, bias, cap: cap === undefined ? undefined : literal(cap), sinks }
      const more = Object.entries(named).flatMap(([name, each]) => (each === undefined ? [] : [`${name}=${each.text}`]))
      return call(use('attend'), q, k, v, `scale=${textOf(literal(scale))}`, ...more)
    }
    const [heads, size] = [from[0]!.shape[1]!, from[0]!.shape[3]!]
    const shared = heads / from[1]!.shape[1]!
    // Without a scale, logits are divided by √size.
    const scaled = Math.fround(scale) === Math.fround(1 / Math.sqrt(size)) ? [] : [`scale=${textOf(literal(scale))}`]
    const name = 'F.scaled_dot_product_attention'
    if (visible === undefined) {
      const more = [...(causal ? ['is_causal=True'] : []), ...scaled, ...(shared === 1 ? [] : ['enable_gqa=True'])]
      return call(name, q, k, v, ...more)
    }
    // The fused kernels that take a mask do not share heads of keys.
    const repeated = (x: Expression) => (shared === 1 ? x : method(x, 'repeat_interleave', String(shared), 'dim=1'))
    return call(name, q, repeated(k), repeated(v), `attn_mask=${visible.text}`, ...scaled)
  },
  segment_mask: ({ x: [segments] }) => {
    const same = primary(
      `${textOf(subscript(segments!, ':, None, :, None'))} == ${textOf(subscript(segments!, ':, None, None, :'))}`,
    )
    return call('torch.where', same, '0.0', literal(masked))
  },
  shift: ({ x, attributes: { by }, use }) => call(use('shift'), ...x, String(by)),
  position_grid: ({ x: [x], attributes: { of, past }, use }) => {
    if (of === 'queries') return subscript(method(x!, 'float'), ':, None, :, None')
    const own = subscript(method(x!, 'float'), ':, None, None, :')
    return past === 0 ? own : call(use('with_past'), own, String(past))
  },
  dropout: ({ x: [x, mask], attributes: { rate } }) => over(times(x!, mask!), literal(1 - rate)),
}

const named = (name: string, value: number) => `${name}=${textOf(literal(value))}`

function scaledRotary(
  positions: Expression,
  size: number,
  base: number,
  scaling: RotaryScaling,
  use: (helper: Helper) => string,
): Expression {
  const own = [String(size), named('base', base), named('factor', scaling.factor)]
  const table = (rates: Expression, ...more: string[]) => call(use('rotary_by'), positions, rates, ...more)
  switch (scaling.type) {
    case 'linear':
      return table(call(use('linear_rates'), ...own))
    case 'llama3': {
      const range = (['original', 'low', 'high'] as const).map((name) => named(name, scaling[name]))
      return table(call(use('llama3_rates'), ...own, ...range))
    }
    case 'yarn': {
      const [first, last] = yarnRange(size, base, scaling)
      const rates = call(use('yarn_rates'), ...own, named('first', first), named('last', last))
      return table(rates, named('gain', scaling.gain))
    }
  }
}

const windowUnlessNone = (window: number | undefined) => (window === undefined ? [] : [`window=${window}`])

const epsilonUnless = (epsilon: number, usual: number) => (epsilon === usual ? [] : [`eps=${textOf(literal(epsilon))}`])
