/** The ONNX nodes of each tensor operation. */

import { rotationOf } from '../../model/attention/rotary.ts'
import { type Attributes, masked, type Op } from '../../model/ops.ts'
import { axisOf, sizeOf } from '../../model/shape.ts'
import { type Emitter, microsoft, type Name } from './emitter.ts'
import {
  anyRows,
  exact,
  isGemm,
  isRow,
  type Operand,
  rows,
  rowsOf,
  type StoredOperand,
  shaped,
  together,
} from './operand.ts'
import type { Attribute } from './protobuf.ts'

/** The node that a lowering emits, whose sizes are all numbers. */
export interface LoweringInput<K extends Op> {
  readonly emit: Emitter
  readonly inputs: readonly Operand[]
  readonly attributes: Attributes[K]
  readonly shape: readonly number[]
  /** For a product or a scatter_add that is fused with a sum: the term to add. */
  readonly addend?: Operand
}

type Lowering<K extends Op> = (place: LoweringInput<K>) => Name | StoredOperand

type Settings = Readonly<Record<string, Attribute>>

const lastAxis: Settings = { axis: { int: -1 } }

/** Operations on each number by itself. */
const elementwise =
  (op: string, settings: Settings = {}, domain = ''): Lowering<Op> =>
  ({ emit, inputs, shape }) => {
    const { names, held } = together(emit, inputs, shape)
    return { name: emit.node(op, names, settings, domain), held }
  }

/** Operations on each row; further inputs are rows of weights. */
const rowwise =
  (op: string): Lowering<Op> =>
  ({ emit, inputs: [x, ...others] }) => {
    const { name, held } = anyRows(emit, x!)
    return { name: emit.node(op, [name, ...others.map((other) => exact(emit, other))], lastAxis), held }
  }

/** Normalization. The statistics of each row are further outputs: see Statistics. */
const normalization =
  (op: string, statistics: number): Lowering<'layer_norm' | 'rms_norm'> =>
  ({ emit, inputs: [x, ...others], attributes: { epsilon } }) => {
    const { name, held } = anyRows(emit, x!)
    const settings = { ...lastAxis, epsilon: { float: epsilon } }
    const outputs = emit.emit(op, [name, ...others.map((other) => exact(emit, other))], settings, 1 + statistics)
    return { name: outputs[0]!, held }
  }

/** Up to this many rows, a product with one-hot columns is faster than ONNX Runtime's ScatterElements, which adds on one thread. */
const fewRows = 128

const column = (emit: Emitter, operand: Operand): Name => shaped(emit, operand, [sizeOf(operand.shape), 1])

const cast = (emit: Emitter, name: Name, type: 'float32' | 'int64'): Name =>
  emit.node('Cast', [name], { to: { int: type === 'float32' ? 1 : 7 } })

const unlowered = (why: string) => () => {
  throw new Error(why)
}

export const lowerings: { readonly [K in Op]: Lowering<K> } = {
  input: unlowered('inputs are fed, not computed'),
  weight: unlowered('weights are fed, not computed'),
  constant: ({ emit, attributes }) => emit.scalar(attributes.value),
  causal_mask: ({ emit, shape, attributes: { window = Number.POSITIVE_INFINITY } }) => {
    const [size] = shape as [number, number]
    const mask = Float32Array.from({ length: size * size }, (_, i) => {
      const distance = Math.floor(i / size) - (i % size)
      return distance >= 0 && distance < window ? 0 : masked
    })
    return emit.floats(shape, mask)
  },

  add: elementwise('Add'),
  sub: elementwise('Sub'),
  mul: elementwise('Mul'),
  div: elementwise('Div'),
  maximum: elementwise('Max'),
  minimum: elementwise('Min'),
  greater: ({ emit, inputs, shape }) => {
    const { names, held } = together(emit, inputs, shape)
    return { name: cast(emit, emit.node('Greater', names), 'float32'), held }
  },
  neg: elementwise('Neg'),
  abs: elementwise('Abs'),
  exp: elementwise('Exp'),
  log: elementwise('Log'),
  sqrt: elementwise('Sqrt'),
  rsqrt: ({ emit, inputs: [x] }) => ({ ...x!, name: emit.node('Reciprocal', [emit.node('Sqrt', [x!.name])]) }),
  tanh: elementwise('Tanh'),
  sigmoid: elementwise('Sigmoid'),
  relu: elementwise('Relu'),
  silu: elementwise('QuickGelu', { alpha: { float: 1 } }, microsoft),
  gelu: (place) => {
    const approximate = place.attributes.approximate === 'tanh' ? 'tanh' : 'none'
    return elementwise('Gelu', { approximate: { string: approximate } })(place)
  },
  erf: elementwise('Erf'),

  matmul: ({ emit, inputs, attributes: { transposeA, transposeB, alpha }, shape, addend }) => {
    const [a, b] = inputs as [Operand, Operand]
    const turns = { transA: { int: Number(transposeA) }, transB: { int: Number(transposeB) }, alpha: { float: alpha } }
    if (!isGemm(a.shape, b.shape, transposeA))
      return emit.node('FusedMatMul', [exact(emit, a), exact(emit, b)], turns, microsoft)
    const held = rowsOf(shape)
    const added = addend === undefined ? [] : [isRow(addend.shape) ? exact(emit, addend) : shaped(emit, addend, held)]
    return { name: emit.node('Gemm', [rows(emit, a), exact(emit, b), ...added], turns), held }
  },

  reshape: ({ inputs: [x] }) => x!,
  transpose: ({ emit, inputs: [x], attributes }) =>
    emit.node('Transpose', [exact(emit, x!)], { perm: { ints: attributes.permutation } }),
  concat: ({ emit, inputs, attributes }) =>
    emit.node(
      'Concat',
      inputs.map((input) => exact(emit, input)),
      { axis: { int: attributes.axis } },
    ),
  slice: ({ emit, inputs: [x], attributes: { axis, start, end } }) =>
    emit.node('Slice', [exact(emit, x!), emit.ints([start]), emit.ints([end]), emit.ints([axis])]),
  broadcast: ({ emit, inputs: [x], shape }) => emit.node('Expand', [exact(emit, x!), emit.ints(shape)]),

  sum: ({ emit, inputs: [x], attributes: { axes, keep }, shape }) => {
    const [count, n] = rowsOf(x!.shape)
    const own = axes.map((axis) => axisOf(axis, x!.shape.length))
    // A product with a row of ones sums all rows several times as fast as ReduceSum.
    if (own.length === x!.shape.length - 1 && !own.includes(own.length) && count > 1)
      return {
        name: emit.node('MatMul', [emit.floats([count], new Float32Array(count).fill(1)), rows(emit, x!)]),
        held: [n],
      }
    return {
      name: emit.node('ReduceSum', [exact(emit, x!), emit.ints(axes)], { keepdims: { int: Number(keep) } }),
      held: shape,
    }
  },
  mean: ({ emit, inputs: [x], attributes: { axes, keep } }) =>
    emit.node('ReduceMean', [exact(emit, x!), emit.ints(axes)], { keepdims: { int: Number(keep) } }),

  gather: ({ emit, inputs }) => {
    const [table, ids] = inputs as [Operand, Operand]
    const count = sizeOf(ids.shape)
    const name = emit.node('Gather', [exact(emit, table), shaped(emit, ids, [count])], { axis: { int: 0 } })
    return { name, held: [count, table.shape[1]!] }
  },
  scatter_add: ({ emit, inputs, shape, addend }) => {
    const [ids, values] = inputs as [Operand, Operand]
    const [count, size] = shape as [number, number]
    const places = sizeOf(ids.shape)
    if (count <= fewRows) {
      const range = emit.int32s(
        [count, 1],
        Int32Array.from({ length: count }, (_, i) => i),
      )
      const same = emit.node('Equal', [shaped(emit, ids, [1, places]), range])
      const added = addend === undefined ? [] : [exact(emit, addend)]
      return emit.node('Gemm', [cast(emit, same, 'float32'), rows(emit, values), ...added])
    }
    // Not ScatterND: its threads add to a row in any order, so that each run has other bytes.
    const spread = emit.node('Expand', [column(emit, ids), emit.ints([places, size])])
    const start = addend === undefined ? emit.node('Expand', [emit.scalar(0), emit.ints(shape)]) : exact(emit, addend)
    const settings = { axis: { int: 0 }, reduction: { string: 'add' } }
    return emit.node('ScatterElements', [start, spread, rows(emit, values)], settings)
  },
  add_at: ({ emit, inputs, shape }) => {
    const [x, ids, values] = inputs as [Operand, Operand, Operand]
    const settings = { axis: { int: 1 }, reduction: { string: 'add' } }
    const name = emit.node('ScatterElements', [rows(emit, x), column(emit, ids), column(emit, values)], settings)
    return { name, held: rowsOf(shape) }
  },

  top_k: ({ emit, inputs: [x], attributes: { k } }) => {
    const { name, held } = anyRows(emit, x!)
    const last = held.length - 1
    const filled = (value: number, shape: readonly number[]) =>
      emit.node('Expand', [emit.scalar(value), emit.ints(shape)])
    // Of equal numbers, TopK takes those with the lower index first.
    const places = emit.emit('TopK', [name, emit.ints([k])], { axis: { int: last } }, 2)[1]!
    const ones = filled(1, [...held.slice(0, last), k])
    return { name: emit.node('ScatterElements', [filled(0, held), places, ones], { axis: { int: last } }), held }
  },

  softmax: rowwise('Softmax'),
  log_softmax: rowwise('LogSoftmax'),
  log_probability: ({ emit, inputs }) => {
    const [logits, ids] = inputs as [Operand, Operand]
    const logs = emit.node('LogSoftmax', [rows(emit, logits)], lastAxis)
    return {
      name: emit.node('GatherElements', [logs, column(emit, ids)], { axis: { int: 1 } }),
      held: [sizeOf(ids.shape), 1],
    }
  },
  layer_norm: normalization('LayerNormalization', 2),
  rms_norm: normalization('SimplifiedLayerNormalization', 1),
  inverse_deviation: ({ emit, inputs: [x], attributes: { epsilon, centred } }) => {
    const { name, held } = anyRows(emit, x!)
    const mean = (of: Name) => emit.node('ReduceMean', [of, emit.ints([-1])], { keepdims: { int: 1 } })
    const from = centred ? emit.node('Sub', [name, mean(name)]) : name
    const variance = emit.node('Add', [mean(emit.node('Mul', [from, from])), emit.scalar(epsilon)])
    return { name: emit.node('Reciprocal', [emit.node('Sqrt', [variance])]), held: [...held.slice(0, -1), 1] }
  },

  rope: ({ emit, inputs, attributes }) => {
    const [x, positions] = inputs as [Operand, Operand]
    const half = x.shape[3]! / 2
    const count = sizeOf(positions.shape)
    const rotation = rotationOf(2 * half, attributes)
    const rates = Float32Array.from(rotation.rates)
    // One row of the table for each token of the batch, so that positions may be any.
    const angles = emit.node('Mul', [cast(emit, column(emit, positions), 'float32'), emit.floats([1, half], rates)])
    const sine = emit.node('Sin', [angles])
    const row = emit.reshape(emit.ints(Array.from({ length: count }, (_, i) => i)), positions.shape)
    const turned = [emit.node('Cos', [angles]), attributes.inverse ? emit.node('Neg', [sine]) : sine]
    const { gain } = rotation
    const tables = gain === 1 ? turned : turned.map((table) => emit.node('Mul', [table, emit.scalar(gain)]))
    return emit.node('RotaryEmbedding', [exact(emit, x), row, ...tables], {}, microsoft)
  },
  attention: unlowered('attention is expanded before a graph is lowered: see src/model/gradients/expand.ts'),
  shift: unlowered('shift is expanded before a graph is lowered: see src/model/gradients/expand.ts'),
  segment_mask: ({ emit, inputs: [segments], shape }) => {
    const [batch, , time] = shape as [number, number, number, number]
    const across = shaped(emit, segments!, [batch, 1, 1, time])
    const down = shaped(emit, segments!, [batch, 1, time, 1])
    return emit.node('Where', [emit.node('Equal', [down, across]), emit.scalar(0), emit.scalar(masked)])
  },
  position_grid: ({ emit, inputs: [positions], attributes: { of, past }, shape }) => {
    const [batch, time] = positions!.shape as [number, number]
    if (of === 'queries') return cast(emit, shaped(emit, positions!, shape), 'float32')
    const keys = cast(emit, shaped(emit, positions!, [batch, 1, 1, time]), 'float32')
    if (past === 0) return keys
    const places = emit.floats(
      [1, 1, 1, past],
      Float32Array.from({ length: past }, (_, i) => i),
    )
    const before = emit.node('Expand', [places, emit.ints([batch, 1, 1, past])])
    return emit.node('Concat', [before, keys], { axis: { int: 3 } })
  },
  dropout: ({ emit, inputs, attributes, shape }) => {
    const { names, held } = together(emit, inputs, shape)
    return { name: emit.node('Mul', [emit.node('Mul', names), emit.scalar(1 / (1 - attributes.rate))]), held }
  },
}
