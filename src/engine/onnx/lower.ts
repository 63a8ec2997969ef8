/** Each tensor operation in ONNX: the table that this engine is made of. */

import type { Attributes, Op } from '../../model/ops.ts'
import { masked } from '../../model/ops.ts'
import { axisOf, sizeOf } from '../../model/shape.ts'
import { type Emitter, microsoft, type Name } from './emitter.ts'

export interface Operand {
  readonly name: Name
  readonly shape: readonly number[]
}

/** What a lowering sees of its node; all sizes are numbers. */
export interface Lowered<K extends Op> {
  readonly emit: Emitter
  readonly inputs: readonly Operand[]
  readonly attributes: Attributes[K]
  readonly shape: readonly number[]
}

type Lowering<K extends Op> = (place: Lowered<K>) => Name

const names = (inputs: readonly Operand[]): Name[] => inputs.map(({ name }) => name)

/** An operation that ONNX has by one name. */
const same = (op: string) => (place: Lowered<Op>) => place.emit.node(op, names(place.inputs))

const lastAxis = { axis: { int: -1 } }

/** [..., n] as [rows, n]; free in ONNX Runtime, which shares the memory. */
function rows(emit: Emitter, { name, shape }: Operand): Name {
  return shape.length === 2 ? name : emit.reshape(name, [sizeOf(shape.slice(0, -1)), shape.at(-1)!])
}

const column = (emit: Emitter, { name, shape }: Operand): Name => emit.reshape(name, [...shape, 1])

/** Up to this many rows, a product with one-hot columns beats ONNX Runtime's ScatterElements, which adds on one thread. */
const fewRows = 128

export const lowerings: { readonly [K in Op]: Lowering<K> } = {
  input: () => {
    throw new Error('an input is fed, not computed')
  },
  weight: () => {
    throw new Error('a weight is fed, not computed')
  },
  constant: ({ emit, attributes }) => emit.scalar(attributes.value),
  causal_mask: ({ emit, shape }) => {
    const [size] = shape as [number, number]
    return emit.floats(
      shape,
      Float32Array.from({ length: size * size }, (_, i) => (i % size > Math.floor(i / size) ? masked : 0)),
    )
  },

  add: same('Add'),
  sub: same('Sub'),
  mul: same('Mul'),
  div: same('Div'),
  maximum: same('Max'),
  minimum: same('Min'),
  greater: ({ emit, inputs }) => emit.node('Cast', [emit.node('Greater', names(inputs))], { to: { int: 1 } }),
  neg: same('Neg'),
  exp: same('Exp'),
  log: same('Log'),
  sqrt: same('Sqrt'),
  rsqrt: ({ emit, inputs }) => emit.node('Reciprocal', [emit.node('Sqrt', names(inputs))]),
  tanh: same('Tanh'),
  sigmoid: same('Sigmoid'),
  relu: same('Relu'),
  silu: ({ emit, inputs }) => emit.node('QuickGelu', names(inputs), { alpha: { float: 1 } }, microsoft),
  gelu: ({ emit, inputs, attributes }) => {
    const approximate = attributes.approximate === 'tanh' ? 'tanh' : 'none'
    return emit.node('Gelu', names(inputs), { approximate: { string: approximate } })
  },
  erf: same('Erf'),

  matmul: ({ emit, inputs, attributes, shape }) => {
    const [a, b] = inputs as [Operand, Operand]
    const { transposeA, transposeB, alpha } = attributes
    const turns = { transA: { int: Number(transposeA) }, transB: { int: Number(transposeB) }, alpha: { float: alpha } }
    if (b.shape.length === 2 && (a.shape.length === 2 || !transposeA)) {
      const product = emit.node('Gemm', [rows(emit, a), b.name], turns)
      return a.shape.length === 2 ? product : emit.reshape(product, shape)
    }
    return emit.node('FusedMatMul', [a.name, b.name], turns, microsoft)
  },

  reshape: ({ emit, inputs, shape }) => emit.reshape(inputs[0]!.name, shape),
  transpose: ({ emit, inputs, attributes }) =>
    emit.node('Transpose', names(inputs), { perm: { ints: attributes.permutation } }),
  concat: ({ emit, inputs, attributes }) => emit.node('Concat', names(inputs), { axis: { int: attributes.axis } }),
  slice: ({ emit, inputs, attributes: { axis, start, end } }) =>
    emit.node('Slice', [inputs[0]!.name, emit.ints([start]), emit.ints([end]), emit.ints([axis])]),
  broadcast: ({ emit, inputs, shape }) => emit.node('Expand', [inputs[0]!.name, emit.ints(shape)]),

  sum: ({ emit, inputs, attributes: { axes, keep } }) =>
    emit.node('ReduceSum', [inputs[0]!.name, emit.ints(axes)], { keepdims: { int: Number(keep) } }),
  mean: ({ emit, inputs, attributes: { axes, keep } }) =>
    emit.node('ReduceMean', [inputs[0]!.name, emit.ints(axes)], { keepdims: { int: Number(keep) } }),

  gather: ({ emit, inputs }) => emit.node('Gather', names(inputs), { axis: { int: 0 } }),
  scatter_add: ({ emit, inputs, shape }) => {
    const [ids, values] = inputs as [Operand, Operand]
    const [count, size] = shape as [number, number]
    const rows = sizeOf(ids.shape)
    const updates = emit.reshape(values.name, [rows, size])
    if (count <= fewRows) {
      const range = emit.int32s(
        [count, 1],
        Int32Array.from({ length: count }, (_, i) => i),
      )
      const same = emit.node('Equal', [emit.reshape(ids.name, [1, rows]), range])
      return emit.node('Gemm', [emit.node('Cast', [same], { to: { int: 1 } }), updates])
    }
    // Not ScatterND, whose threads add to one row at the same time: each run has other bytes.
    const places = emit.node('Expand', [emit.reshape(ids.name, [rows, 1]), emit.ints([rows, size])])
    const zeros = emit.node('Expand', [emit.scalar(0), emit.ints(shape)])
    return emit.node('ScatterElements', [zeros, places, updates], { axis: { int: 0 }, reduction: { string: 'add' } })
  },
  add_at: ({ emit, inputs }) => {
    const [x, ids, values] = inputs as [Operand, Operand, Operand]
    const attributes = { ...lastAxis, reduction: { string: 'add' } }
    return emit.node('ScatterElements', [x.name, column(emit, ids), column(emit, values)], attributes)
  },

  softmax: ({ emit, inputs }) => emit.node('Softmax', names(inputs), lastAxis),
  log_softmax: ({ emit, inputs }) => emit.node('LogSoftmax', names(inputs), lastAxis),
  log_probability: ({ emit, inputs, shape }) => {
    const [logits, ids] = inputs as [Operand, Operand]
    const logs = emit.node('LogSoftmax', [logits.name], lastAxis)
    return emit.reshape(emit.node('GatherElements', [logs, column(emit, ids)], lastAxis), shape)
  },
  layer_norm: ({ emit, inputs, attributes }) => {
    const settings = { ...lastAxis, epsilon: { float: attributes.epsilon } }
    return emit.emit('LayerNormalization', names(inputs), settings, 3)[0]!
  },
  rms_norm: ({ emit, inputs, attributes }) => {
    const settings = { ...lastAxis, epsilon: { float: attributes.epsilon } }
    return emit.emit('SimplifiedLayerNormalization', names(inputs), settings, 2)[0]!
  },
  inverse_deviation: ({ emit, inputs, attributes: { epsilon, centred } }) => {
    const { name } = inputs[0]!
    const mean = (x: Name) => emit.node('ReduceMean', [x, emit.ints([-1])], { keepdims: { int: 1 } })
    const from = centred ? emit.node('Sub', [name, mean(name)]) : name
    const variance = emit.node('Add', [mean(emit.node('Mul', [from, from])), emit.scalar(epsilon)])
    return emit.node('Reciprocal', [emit.node('Sqrt', [variance])])
  },

  rope: ({ emit, inputs, attributes: { base, inverse } }) => {
    const [x, positions] = inputs as [Operand, Operand]
    const half = x.shape[3]! / 2
    const count = sizeOf(positions.shape)
    const rates = Float32Array.from({ length: half }, (_, i) => base ** (-i / half))
    const places = emit.node('Cast', [emit.reshape(positions.name, [count, 1])], { to: { int: 1 } })
    // One row of the table for each place of the batch, so that places may be any.
    const angles = emit.node('Mul', [places, emit.floats([1, half], rates)])
    const sine = emit.node('Sin', [angles])
    const row = emit.reshape(emit.ints(Array.from({ length: count }, (_, i) => i)), positions.shape)
    const tables = [emit.node('Cos', [angles]), inverse ? emit.node('Neg', [sine]) : sine]
    return emit.node('RotaryEmbedding', [x.name, row, ...tables], {}, microsoft)
  },
  attention: () => {
    throw new Error('attention is written out before a graph is lowered: see src/model/expand.ts')
  },
  segment_mask: ({ emit, inputs, shape }) => {
    const [batch, , time] = shape as [number, number, number, number]
    const across = emit.reshape(inputs[0]!.name, [batch, 1, 1, time])
    const down = emit.reshape(inputs[0]!.name, [batch, 1, time, 1])
    return emit.node('Where', [emit.node('Equal', [down, across]), emit.scalar(0), emit.scalar(masked)])
  },
  dropout: ({ emit, inputs, attributes }) =>
    emit.node('Mul', [emit.node('Mul', names(inputs)), emit.scalar(1 / (1 - attributes.rate))]),
}

/** Whether a mean along the last axis, which normalization computes anyway, is asked for. */
export function isRowMean(attributes: Attributes['mean'], rank: number): boolean {
  return attributes.keep && attributes.axes.length === 1 && axisOf(attributes.axes[0]!, rank) === rank - 1
}
