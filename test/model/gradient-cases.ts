/** One or more small uses of each operation, and the same in TensorFlow.js. */

import * as tf from '@tensorflow/tfjs-core'
import type { Attributes, Op, RotaryScaling } from '../../src/model/ops.ts'
import { ids, normals } from './numbers.ts'
import { type Array64, make, scaledRate } from './reference.ts'

export interface GradientCase<A> {
  /** The inputs of the operation: numbers are differentiated, ids are not. */
  readonly inputs: readonly (Array64 | { readonly ids: Array64 })[]
  readonly attributes: A
  tfjs(...inputs: tf.Tensor[]): tf.Tensor
}

const n = (...shape: number[]) => normals(shape, `case ${shape}`)
const positive = (...shape: number[]) => {
  const { data } = n(...shape)
  return { shape, data: data.map((x) => Math.abs(x) + 0.5) }
}
const some = (count: number, ...shape: number[]) => ({ ids: ids(shape, `ids ${shape}`, count) })
const places = (batch: number, time: number) => ({ ids: make([batch, time], ([b, t]) => t! + 3 * b!) })

function unary(f: (x: tf.Tensor) => tf.Tensor, from = n): GradientCase<object>[] {
  return [{ inputs: [from(2, 3)], attributes: {}, tfjs: f }]
}

function binary(f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor, second = n): GradientCase<object>[] {
  return [
    { inputs: [n(2, 3), second(2, 3)], attributes: {}, tfjs: f },
    { inputs: [n(2, 3), second(3)], attributes: {}, tfjs: f },
    { inputs: [n(2, 1, 3), second(4, 1)], attributes: {}, tfjs: f },
    { inputs: [n(), second(2, 2)], attributes: {}, tfjs: f },
  ]
}

/** TensorFlow.js has no gradient of a broadcast `maximum`, but one of `broadcastTo`. */
function wide(f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor): (x: tf.Tensor, y: tf.Tensor) => tf.Tensor {
  return (x, y) => {
    const { shape } = tf.add(x, y)
    return f(x.broadcastTo(shape), y.broadcastTo(shape))
  }
}

const plain = { transposeA: false, transposeB: false, alpha: 1 }
const product = (attributes: Attributes['matmul'], a: number[], b: number[]): GradientCase<Attributes['matmul']> => ({
  inputs: [n(...a), normals(b, 'right')],
  attributes,
  tfjs: (x, y) => {
    // TensorFlow.js multiplies equal ranks only.
    const rank = Math.max(x.rank, y.rank)
    const wide = (each: tf.Tensor) => {
      const leading = [...Array(rank - each.rank).fill(1), ...each.shape.slice(0, -2)]
      const target = leading.map((dim, i) => Math.max(dim, rank === x.rank ? (x.shape[i] as number) : 1))
      return tf.broadcastTo(each.reshape([...leading, ...each.shape.slice(-2)]), [...target, ...each.shape.slice(-2)])
    }
    return tf.matMul(wide(x), wide(y), attributes.transposeA, attributes.transposeB).mul(attributes.alpha)
  },
})

const centre = (x: tf.Tensor) => x.sub(x.mean(-1, true))
const meanSquare = (x: tf.Tensor) => x.square().mean(-1, true)
const flat = (each: tf.Tensor) => each.flatten().toInt() as tf.Tensor1D

/** The rotary embedding with cos and sin tables, as in Llama's own code in transformers: x·cos + rotate_half(x)·sin. */
export function rope(
  x: tf.Tensor,
  positions: tf.Tensor,
  base: number,
  inverse = false,
  scaling?: RotaryScaling,
): tf.Tensor {
  const size = x.shape.at(-1)!
  const half = size / 2
  const frequency = tf.tensor1d(Array.from({ length: size }, (_, i) => scaledRate(i % half, size, base, scaling)))
  const angles = positions.toFloat().expandDims(1).expandDims(-1).mul(frequency)
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor]
  const rotated = tf.concat([second.neg(), first], -1)
  return x.mul(angles.cos()).add(rotated.mul(angles.sin()).mul(inverse ? -1 : 1))
}

const yarn: RotaryScaling = { type: 'yarn', factor: 4, original: 20, slow: 1, fast: 3, gain: 1.2 }

/** The approximation of GPT-2. */
export function geluTanh(x: tf.Tensor): tf.Tensor {
  const inner = x.add(x.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI))
  return x.mul(0.5).mul(inner.tanh().add(1))
}

interface Variants {
  readonly window?: number
  readonly cap?: number
  readonly bias?: tf.Tensor
  readonly sinks?: tf.Tensor
}

/** Attention with the keys and values of a group repeated for each of its heads. */
export function attention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  causal: boolean,
  scale: number,
  segments?: tf.Tensor,
  { window = 1000, cap, bias, sinks }: Variants = {},
): tf.Tensor {
  const [, heads, time] = q.shape as [number, number, number]
  const groups = k.shape[1]!
  const head = tf.tensor1d(
    Array.from({ length: heads }, (_, i) => Math.floor((i * groups) / heads)),
    'int32',
  )
  const repeated = (x: tf.Tensor) => x.gather(head, 1)
  let logits = tf.matMul(q, repeated(k), false, true).mul(scale)
  const where = (mask: tf.Tensor) => logits.mul(mask).add(tf.sub(1, mask).mul(-1e9))
  if (cap !== undefined) logits = logits.div(cap).tanh().mul(cap)
  if (bias !== undefined) logits = logits.add(bias)
  if (causal) {
    const distance = tf
      .range(0, time, 1)
      .expandDims(1)
      .sub(tf.range(0, time, 1))
    logits = where(distance.greaterEqual(0).logicalAnd(distance.less(window)).toFloat())
  }
  if (segments) {
    const each = segments.expandDims(1)
    logits = where(tf.equal(each.expandDims(2), each.expandDims(3)).toFloat())
  }
  if (sinks === undefined) return tf.matMul(tf.softmax(logits), repeated(v))
  // As gpt-oss does: a column of sinks is among the logits, and its weights are dropped.
  const column = sinks.reshape([1, heads, 1, 1]).mul(tf.ones([logits.shape[0]!, heads, time, 1]))
  const weights = tf.softmax(tf.concat([logits, column], -1))
  return tf.matMul(weights.slice([0, 0, 0, 0], logits.shape as [number, number, number, number]), repeated(v))
}

/** x moved along time, and zeros where a text begins. */
function shift(x: tf.Tensor, positions: tf.Tensor, by: number): tf.Tensor {
  const moved = x
    .pad([
      [0, 0],
      [by, 0],
      [0, 0],
    ])
    .slice([0, 0, 0], x.shape as [number, number, number])
  return moved.mul(positions.greaterEqual(by).toFloat().expandDims(-1))
}

const heads = (count: number) => n(2, count, 5, 4)
const grouped = (groups: number, causal: boolean, segments: boolean): GradientCase<Attributes['attention']> => ({
  inputs: [
    heads(4),
    normals([2, groups, 5, 4], 'keys'),
    normals([2, groups, 5, 4], 'values'),
    ...(segments ? [{ ids: make([2, 5], ([, t]) => (t! < 2 ? 0 : 1)) }] : []),
  ],
  attributes: { causal, scale: 0.5 },
  tfjs: (q, k, v, s) => attention(q!, k!, v!, causal, 0.5, s),
})

const varied = (
  attributes: Partial<Attributes['attention']>,
  biasShape?: readonly number[],
): GradientCase<Attributes['attention']> => {
  const { window, cap } = attributes
  const bias = biasShape === undefined ? [] : [normals(biasShape, 'bias')]
  const sinks = attributes.sinks ? [normals([4], 'sinks')] : []
  return {
    inputs: [heads(4), normals([2, 2, 5, 4], 'keys'), normals([2, 2, 5, 4], 'values'), ...bias, ...sinks],
    attributes: { causal: true, scale: 0.5, ...attributes, ...(biasShape === undefined ? {} : { bias: true }) },
    tfjs: (q, k, v, ...others) =>
      attention(q!, k!, v!, true, 0.5, undefined, {
        ...(window === undefined ? {} : { window }),
        ...(cap === undefined ? {} : { cap }),
        ...(biasShape === undefined ? {} : { bias: others.shift()! }),
        ...(attributes.sinks ? { sinks: others.shift()! } : {}),
      }),
  }
}

/** Operations without inputs, or whose result is flat wherever it has a slope, have no cases. */
type Differentiable = Exclude<
  Op,
  'input' | 'weight' | 'constant' | 'causal_mask' | 'segment_mask' | 'position_grid' | 'greater' | 'top_k'
>

export const gradientCases: { readonly [K in Differentiable]: readonly GradientCase<Attributes[K]>[] } = {
  add: binary(tf.add),
  sub: binary(tf.sub),
  mul: binary(tf.mul),
  div: binary(tf.div, positive),
  maximum: binary(wide(tf.maximum), (...shape) => normals(shape, 'other')),
  minimum: binary(wide(tf.minimum), (...shape) => normals(shape, 'other')),
  neg: unary(tf.neg),
  abs: unary(tf.abs),
  exp: unary(tf.exp),
  log: unary(tf.log, positive),
  sqrt: unary(tf.sqrt, positive),
  rsqrt: unary(tf.rsqrt, positive),
  tanh: unary(tf.tanh),
  sigmoid: unary(tf.sigmoid),
  relu: unary(tf.relu),
  silu: unary((x) => x.mul(x.sigmoid())),
  gelu: [
    { inputs: [n(2, 3)], attributes: { approximate: 'tanh' }, tfjs: geluTanh },
    {
      inputs: [n(2, 3)],
      attributes: { approximate: 'erf' },
      tfjs: (x) => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1)),
    },
  ],
  erf: unary(tf.erf),
  matmul: [
    product(plain, [2, 3], [3, 4]),
    product({ ...plain, transposeB: true }, [2, 3], [4, 3]),
    product({ ...plain, transposeA: true }, [3, 2], [3, 4]),
    product({ transposeA: true, transposeB: true, alpha: 0.5 }, [3, 2], [4, 3]),
    // A weight meets every row.
    product({ ...plain, transposeB: true }, [2, 5, 3], [4, 3]),
    product({ ...plain, alpha: -2 }, [2, 5, 3], [3, 4]),
    product({ ...plain, transposeA: true }, [2, 3, 5], [3, 4]),
    // Batches, and one operand for several.
    product({ ...plain, transposeB: true, alpha: 0.5 }, [2, 3, 4, 5], [2, 3, 6, 5]),
    product(plain, [2, 3, 4, 5], [2, 1, 5, 6]),
  ],
  reshape: [{ inputs: [n(2, 3, 4)], attributes: { shape: [4, 6] }, tfjs: (x) => x.reshape([4, 6]) }],
  transpose: [
    { inputs: [n(2, 3, 4)], attributes: { permutation: [2, 0, 1] }, tfjs: (x) => x.transpose([2, 0, 1]) },
    { inputs: [n(2, 3, 4)], attributes: { permutation: [1, 2, 0] }, tfjs: (x) => x.transpose([1, 2, 0]) },
  ],
  concat: [
    { inputs: [n(2, 3), n(2, 1), n(2, 2)], attributes: { axis: -1 }, tfjs: (...all) => tf.concat(all, 1) },
    { inputs: [n(1, 3), n(2, 3)], attributes: { axis: 0 }, tfjs: (...all) => tf.concat(all, 0) },
  ],
  slice: [
    { inputs: [n(2, 5)], attributes: { axis: 1, start: 1, end: 3 }, tfjs: (x) => x.slice([0, 1], [2, 2]) },
    { inputs: [n(2, 5)], attributes: { axis: -1, start: 0, end: 5 }, tfjs: (x) => x.clone() },
    { inputs: [n(3, 2)], attributes: { axis: 0, start: 2, end: 3 }, tfjs: (x) => x.slice([2, 0], [1, 2]) },
  ],
  broadcast: [
    { inputs: [n(1, 3)], attributes: { shape: [4, 3] }, tfjs: (x) => x.broadcastTo([4, 3]) },
    { inputs: [n()], attributes: { shape: [2, 2] }, tfjs: (x) => x.broadcastTo([2, 2]) },
  ],
  sum: [
    { inputs: [n(2, 3, 4)], attributes: { axes: [1], keep: false }, tfjs: (x) => x.sum(1) },
    { inputs: [n(2, 3, 4)], attributes: { axes: [0, -1], keep: true }, tfjs: (x) => x.sum([0, 2], true) },
  ],
  mean: [
    { inputs: [n(2, 3, 4)], attributes: { axes: [-1], keep: false }, tfjs: (x) => x.mean(2) },
    { inputs: [n(2, 3, 4)], attributes: { axes: [0, 1], keep: true }, tfjs: (x) => x.mean([0, 1], true) },
  ],
  gather: [{ inputs: [n(5, 3), some(5, 2, 6)], attributes: {}, tfjs: (table, i) => table!.gather(i!.toInt()) }],
  scatter_add: [
    {
      inputs: [some(5, 2, 6), n(2, 6, 3)],
      attributes: { rows: 5 },
      tfjs: (i, values) => tf.matMul(tf.oneHot(flat(i!), 5).toFloat(), values!.reshape([12, 3]), true),
    },
  ],
  add_at: [
    {
      inputs: [n(2, 3, 4), some(4, 2, 3), n(2, 3)],
      attributes: {},
      tfjs: (x, i, values) => x!.add(tf.oneHot(i!.toInt(), 4).toFloat().mul(values!.expandDims(-1))),
    },
  ],
  softmax: [{ inputs: [n(2, 3, 5)], attributes: {}, tfjs: (x) => tf.softmax(x) }],
  log_softmax: [{ inputs: [n(2, 3, 5)], attributes: {}, tfjs: (x) => tf.logSoftmax(x) }],
  log_probability: [
    {
      inputs: [n(2, 3, 5), some(5, 2, 3)],
      attributes: {},
      tfjs: (x, i) => tf.logSoftmax(x!).mul(tf.oneHot(i!.toInt(), 5).toFloat()).sum(-1),
    },
  ],
  layer_norm: [
    {
      inputs: [n(2, 3, 5), n(5), normals([5], 'bias')],
      attributes: { epsilon: 1e-5 },
      tfjs: (x, gain, bias) => {
        const centred = centre(x!)
        return centred.div(meanSquare(centred).add(1e-5).sqrt()).mul(gain!).add(bias!)
      },
    },
    {
      inputs: [n(2, 5), n(5)],
      attributes: { epsilon: 0.1 },
      tfjs: (x, gain) => {
        const centred = centre(x!)
        return centred.div(meanSquare(centred).add(0.1).sqrt()).mul(gain!)
      },
    },
  ],
  rms_norm: [
    {
      inputs: [n(2, 3, 5), n(5)],
      attributes: { epsilon: 1e-5 },
      tfjs: (x, gain) => x!.div(meanSquare(x!).add(1e-5).sqrt()).mul(gain!),
    },
  ],
  inverse_deviation: [
    {
      inputs: [n(2, 3, 5)],
      attributes: { epsilon: 1e-5, centred: true },
      tfjs: (x) => meanSquare(centre(x)).add(1e-5).rsqrt(),
    },
    {
      inputs: [n(2, 5)],
      attributes: { epsilon: 0.1, centred: false },
      tfjs: (x) => meanSquare(x).add(0.1).rsqrt(),
    },
  ],
  rope: [
    {
      inputs: [n(2, 3, 5, 4), places(2, 5)],
      attributes: { base: 10_000, inverse: false },
      tfjs: (x, p) => rope(x!, p!, 10_000),
    },
    {
      inputs: [n(2, 3, 5, 4), places(2, 5)],
      attributes: { base: 100, inverse: true },
      tfjs: (x, p) => rope(x!, p!, 100, true),
    },
    {
      inputs: [n(2, 3, 5, 4), places(2, 5)],
      attributes: { base: 100, inverse: false, scaling: { type: 'llama3', factor: 8, original: 20, low: 1, high: 4 } },
      tfjs: (x, p) => rope(x!, p!, 100, false, { type: 'llama3', factor: 8, original: 20, low: 1, high: 4 }),
    },
    {
      inputs: [n(2, 3, 5, 4), places(2, 5)],
      attributes: { base: 100, inverse: false, scaling: yarn },
      tfjs: (x, p) => rope(x!, p!, 100, false, yarn).mul(1.2),
    },
  ],
  attention: [
    ...[grouped(4, true, false), grouped(2, true, false), grouped(1, false, false), grouped(2, true, true)],
    varied({ window: 2 }),
    varied({ cap: 0.7 }),
    varied({}, [4, 1, 5]),
    varied({}, [5, 5]),
    varied({ sinks: true }),
    varied({ window: 3, cap: 2, sinks: true }, [2, 1, 5, 5]),
  ],
  shift: [
    { inputs: [n(2, 5, 3), places(2, 5)], attributes: { by: 2 }, tfjs: (x, p) => shift(x!, p!, 2) },
    {
      inputs: [n(2, 5, 3), { ids: make([2, 5], ([, t]) => t! % 3) }],
      attributes: { by: 1 },
      tfjs: (x, p) => shift(x!, p!, 1),
    },
    { inputs: [n(2, 5, 3), places(2, 5)], attributes: { by: 7 }, tfjs: (x) => x!.mul(0) },
  ],
  dropout: [
    {
      inputs: [n(2, 3), { ids: make([2, 3], ([b, t]) => (b! + t!) % 2) }],
      attributes: { rate: 0.25 },
      tfjs: (x, mask) => x!.mul(mask!).div(0.75),
    },
  ],
}
