/** The ONNX nodes of each tensor operation in a decoder whose sizes are open; operators of the ONNX standard only, so that any runtime loads them. */

import { rotationOf } from '../../../model/attention/rotary.ts'
import { type Attributes, largestBias, type Op } from '../../../model/ops.ts'
import { axisOf, numeric } from '../../../model/shape.ts'
import type { Name } from '../emitter.ts'
import type { Attribute } from '../protobuf.ts'
import { type DecoderEmitter, inputNames, type Value } from './decoder-emitter.ts'

export interface DecoderInput<K extends Op> {
  readonly emit: DecoderEmitter
  readonly inputs: readonly Value[]
  readonly attributes: Attributes[K]
  readonly shape: Value['shape']
  /** Whether an input is a matrix that the file holds transposed. */
  isTurned(input: number): boolean
}

type Lowering<K extends Op> = (place: DecoderInput<K>) => Name

type Settings = Readonly<Record<string, Attribute>>

/** Thrown for an operation that cannot be in a decoder. */
export class NotInDecoder extends Error {}

const lastAxis: Settings = { axis: { int: -1 } }

const plain =
  (op: string, settings: Settings = {}): Lowering<Op> =>
  ({ emit, inputs }) =>
    emit.node(
      op,
      inputs.map(({ name }) => name),
      settings,
    )

const without =
  (why: string): Lowering<Op> =>
  () => {
    throw new NotInDecoder(why)
  }

/** Operations of gradients and losses, which a model does not consist of. */
const trainingOnly = without('it is an operation of training')

const reduction =
  (op: string): Lowering<'sum' | 'mean'> =>
  ({ emit, inputs: [x], attributes: { axes, keep } }) =>
    emit.node(op, [x!.name, emit.ints(axes)], { keepdims: { int: Number(keep) } })

export const decoderLowerings: { readonly [K in Op]: Lowering<K> } = {
  input: without('inputs are fed, not computed'),
  weight: without('weights are fed, not computed'),
  constant: ({ emit, attributes }) => emit.scalar(attributes.value),
  causal_mask: without('its mask has the sizes of a whole text'),

  add: plain('Add'),
  sub: plain('Sub'),
  mul: plain('Mul'),
  div: plain('Div'),
  maximum: plain('Max'),
  minimum: plain('Min'),
  greater: (place) => place.emit.cast(plain('Greater')(place), 'float32'),
  neg: plain('Neg'),
  abs: plain('Abs'),
  exp: plain('Exp'),
  log: plain('Log'),
  sqrt: plain('Sqrt'),
  rsqrt: (place) => place.emit.node('Reciprocal', [plain('Sqrt')(place)]),
  tanh: plain('Tanh'),
  sigmoid: plain('Sigmoid'),
  relu: plain('Relu'),
  silu: (place) => place.emit.node('Mul', [place.inputs[0]!.name, plain('Sigmoid')(place)]),
  gelu: (place) => {
    const approximate = place.attributes.approximate === 'tanh' ? 'tanh' : 'none'
    return plain('Gelu', { approximate: { string: approximate } })(place)
  },
  erf: plain('Erf'),

  matmul: ({ emit, inputs, attributes: { transposeA, transposeB, alpha }, isTurned }) => {
    const operands = [transposeA, transposeB].map((isTransposed, i) => {
      const { name, shape } = inputs[i]!
      if (!isTransposed || isTurned(i)) return name
      const axes = shape.map((_, axis) => axis)
      const perm = [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]
      return emit.node('Transpose', [name], { perm: { ints: perm } })
    })
    const product = emit.node('MatMul', operands)
    return alpha === 1 ? product : emit.node('Mul', [product, emit.scalar(alpha)])
  },

  reshape: ({ emit, inputs: [x], shape }) => emit.node('Reshape', [x!.name, emit.shapeFor(shape, x!.shape)]),
  transpose: ({ emit, inputs: [x], attributes }) =>
    emit.node('Transpose', [x!.name], { perm: { ints: attributes.permutation } }),
  concat: (place) => plain('Concat', { axis: { int: place.attributes.axis } })(place),
  slice: ({ emit, inputs: [x], attributes: { axis, start, end } }) => emit.slice(x!.name, axis, start, end),
  broadcast: ({ emit, inputs: [x], shape }) => emit.node('Expand', [x!.name, emit.fullShape(shape)]),

  sum: reduction('ReduceSum'),
  mean: reduction('ReduceMean'),

  gather: ({ emit, inputs: [table, ids] }) => emit.node('Gather', [table!.name, ids!.name], { axis: { int: 0 } }),
  scatter_add: trainingOnly,
  add_at: trainingOnly,

  top_k: ({ emit, inputs: [x], attributes: { k } }) => {
    const axis = { axis: { int: axisOf(-1, x!.shape.length) } }
    const places = emit.emit('TopK', [x!.name, emit.ints([k])], axis, 2)[1]!
    const shapeOf = (name: Name) => emit.node('Shape', [name])
    const [zeros, ones] = [emit.filled(shapeOf(x!.name), 0), emit.filled(shapeOf(places), 1)]
    return emit.node('ScatterElements', [zeros, places, ones], axis)
  },

  softmax: plain('Softmax', lastAxis),
  log_softmax: plain('LogSoftmax', lastAxis),
  log_probability: trainingOnly,
  layer_norm: (place) =>
    plain('LayerNormalization', { ...lastAxis, epsilon: { float: place.attributes.epsilon } })(place),
  rms_norm: ({ emit, inputs, attributes: { epsilon } }) => {
    const [x, gain] = inputs.map(({ name }) => name) as [Name, Name]
    // The operations in the order in which runtimes look for them, to compute them as one.
    const squares = emit.node('Pow', [x, emit.scalar(2)])
    const mean = emit.node('ReduceMean', [squares, emit.ints([-1])], { keepdims: { int: 1 } })
    const root = emit.node('Sqrt', [emit.node('Add', [mean, emit.scalar(epsilon)])])
    return emit.node('Mul', [emit.node('Div', [x, root]), gain])
  },
  inverse_deviation: trainingOnly,

  rope: ({ emit, inputs, attributes }) => {
    const [x, positions] = inputs as [Value, Value]
    const size = numeric(x.shape[3]!)
    const half = size / 2
    const { rates, gain } = rotationOf(size, attributes)
    const places = emit.unsqueeze(emit.cast(positions.name, 'float32'), [1, 3])
    const angles = emit.node('Mul', [places, emit.floats([half], Float32Array.from(rates))])
    const scaled = (table: Name) => (gain === 1 ? table : emit.node('Mul', [table, emit.scalar(gain)]))
    const [cos, sin] = [scaled(emit.node('Cos', [angles])), scaled(emit.node('Sin', [angles]))]
    const [low, high] = [emit.slice(x.name, 3, 0, half), emit.slice(x.name, 3, half, size)]
    const product = (a: Name, b: Name) => emit.node('Mul', [a, b])
    const turned = [
      emit.node('Sub', [product(low, cos), product(high, sin)]),
      emit.node('Add', [product(high, cos), product(low, sin)]),
    ]
    return emit.node('Concat', turned, { axis: { int: 3 } })
  },
  attention: without('attention is lowered with its past: see decoder.ts'),
  shift: without('it reads tensors of earlier tokens that are neither keys nor values'),
  segment_mask: trainingOnly,
  position_grid: ({ emit, inputs: [positions], attributes: { of } }) => {
    if (of === 'queries') return emit.unsqueeze(emit.cast(positions!.name, 'float32'), [1, 3])
    // Padding comes first and has no positions.
    const places = emit.node('CumSum', [inputNames.mask, emit.node('Squeeze', [emit.ints([1])])])
    const from0 = emit.node('Sub', [emit.cast(places, 'float32'), emit.scalar(1)])
    return emit.unsqueeze(from0, [1, 2])
  },
  dropout: trainingOnly,
}

/** The products of attention: see attend in src/model/attention/attention.ts. `k` and `v` are those of all tokens. */
export function attendInDecoder(
  emit: DecoderEmitter,
  { scale, cap, window }: Attributes['attention'],
  {
    q,
    k,
    v,
    bias,
    sinks,
  }: { readonly q: Value; readonly k: Value; readonly v: Value; readonly bias?: Name; readonly sinks?: Name },
): Name {
  const [, heads, , size] = q.shape.map((dim) => (typeof dim === 'number' ? dim : 0)) as [
    number,
    number,
    number,
    number,
  ]
  const groups = numeric(k.shape[1]!)
  const shared = heads / groups
  // Heads of queries that share keys are rows of one product.
  const rows = shared === 1 ? q.name : emit.node('Reshape', [q.name, emit.ints([0, groups, -1, size])])
  const turned = emit.node('Transpose', [k.name], { perm: { ints: [0, 1, 3, 2] } })
  const product = emit.node('MatMul', [scale === 1 ? rows : emit.node('Mul', [rows, emit.scalar(scale)]), turned])
  const sizes = (...parts: Name[]) => emit.node('Concat', parts, { axis: { int: 0 } })
  const apart = (x: Name) =>
    shared === 1
      ? x
      : emit.node('Reshape', [x, sizes(emit.size('batch'), emit.ints([heads]), emit.size('time'), emit.total())])
  let logits = apart(product)
  if (cap !== undefined)
    logits = emit.node('Mul', [emit.node('Tanh', [emit.node('Div', [logits, emit.scalar(cap)])]), emit.scalar(cap)])
  if (bias !== undefined) {
    const limits = [emit.scalar(-largestBias), emit.scalar(largestBias)]
    logits = emit.node('Add', [logits, emit.node('Clip', [bias, ...limits])])
  }
  const probabilities = shares(emit.hidden(logits, window))
  if (shared === 1) return emit.node('MatMul', [probabilities, v.name])
  const joined = emit.node('Reshape', [
    probabilities,
    sizes(emit.size('batch'), emit.ints([groups]), emit.ints([-1]), emit.total()),
  ])
  const out = emit.node('MatMul', [joined, v.name])
  const valueSize = numeric(v.shape[3]!)
  return emit.node('Reshape', [
    out,
    sizes(emit.size('batch'), emit.ints([heads]), emit.size('time'), emit.ints([valueSize])),
  ])

  function shares(scores: Name): Name {
    if (sinks === undefined) return emit.node('Softmax', [scores], lastAxis)
    const column = emit.node('Expand', [
      emit.node('Reshape', [sinks, emit.ints([heads, 1, 1])]),
      sizes(emit.size('batch'), emit.ints([heads]), emit.size('time'), emit.ints([1])),
    ])
    const all = emit.node('Softmax', [emit.node('Concat', [column, scores], { axis: { int: 3 } })], lastAxis)
    return emit.slice(all, 3, 1, 2 ** 31 - 1)
  }
}
