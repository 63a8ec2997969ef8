/** Each tensor operation in TensorFlow.js, which can differentiate them: tests compare its gradients with ours. */

import type * as Tf from '@tensorflow/tfjs-core'
import { rotationOf } from '../../model/attention/rotary.ts'
import { type Attributes, masked, type Op } from '../../model/ops.ts'

/** TensorFlow.js, whichever backend it computes with. */
export type Tfjs = typeof Tf

/** The node that a lowering computes, whose sizes are all numbers. */
export interface LoweringInput<K extends Op> {
  readonly tf: Tfjs
  readonly inputs: readonly Tf.Tensor[]
  readonly attributes: Attributes[K]
  readonly shape: readonly number[]
}

type Lowering<K extends Op> = (place: LoweringInput<K>) => Tf.Tensor

const unary =
  (apply: (tf: Tfjs, x: Tf.Tensor) => Tf.Tensor): Lowering<Op> =>
  ({ tf, inputs }) =>
    apply(tf, inputs[0]!)

const binary =
  (apply: (tf: Tfjs, a: Tf.Tensor, b: Tf.Tensor) => Tf.Tensor): Lowering<Op> =>
  ({ tf, inputs }) =>
    apply(tf, inputs[0]!, inputs[1]!)

const fed: Lowering<'input' | 'weight'> = () => {
  throw new Error('inputs and weights are fed, not computed')
}

/** 1 / √(mean(x²) + ε) of each row x, from which its mean may be subtracted first. */
function inverseDeviation(tf: Tfjs, x: Tf.Tensor, epsilon: number, centred: boolean): Tf.Tensor {
  const from = centred ? tf.sub(x, tf.mean(x, -1, true)) : x
  return tf.rsqrt(tf.add(tf.mean(tf.square(from), -1, true), epsilon))
}

/** 1 at the id of each row, else 0. */
function oneHot(tf: Tfjs, ids: Tf.Tensor, size: number): Tf.Tensor {
  return tf.oneHot(tf.cast(ids, 'int32') as Tf.Tensor1D, size, 1, 0, 'float32')
}

const expanded: Lowering<'attention' | 'shift'> = () => {
  throw new Error('composite operations are expanded before a graph is lowered: see src/model/gradients/expand.ts')
}

export const lowerings: { readonly [K in Op]: Lowering<K> } = {
  input: fed,
  weight: fed,
  constant: ({ tf, attributes }) => tf.scalar(attributes.value),
  causal_mask: ({ tf, shape, attributes: { window = Number.POSITIVE_INFINITY } }) => {
    const [size] = shape as [number, number]
    const places = tf.range(0, size, 1, 'float32')
    const distance = tf.sub(tf.reshape(places, [size, 1]), tf.reshape(places, [1, size]))
    const hidden = tf.logicalOr(tf.less(distance, 0), tf.greaterEqual(distance, Math.min(window, size)))
    return tf.mul(tf.cast(hidden, 'float32'), masked)
  },

  add: binary((tf, a, b) => tf.add(a, b)),
  sub: binary((tf, a, b) => tf.sub(a, b)),
  mul: binary((tf, a, b) => tf.mul(a, b)),
  div: binary((tf, a, b) => tf.div(a, b)),
  maximum: binary((tf, a, b) => tf.maximum(a, b)),
  minimum: binary((tf, a, b) => tf.minimum(a, b)),
  greater: binary((tf, a, b) => tf.cast(tf.greater(a, b), 'float32')),
  neg: unary((tf, x) => tf.neg(x)),
  abs: unary((tf, x) => tf.abs(x)),
  exp: unary((tf, x) => tf.exp(x)),
  log: unary((tf, x) => tf.log(x)),
  sqrt: unary((tf, x) => tf.sqrt(x)),
  rsqrt: unary((tf, x) => tf.rsqrt(x)),
  tanh: unary((tf, x) => tf.tanh(x)),
  sigmoid: unary((tf, x) => tf.sigmoid(x)),
  relu: unary((tf, x) => tf.relu(x)),
  silu: unary((tf, x) => tf.mul(x, tf.sigmoid(x))),
  gelu: ({ tf, inputs, attributes }) => {
    const x = inputs[0]!
    const inside =
      attributes.approximate === 'tanh'
        ? tf.tanh(tf.mul(tf.add(x, tf.mul(0.044715, tf.mul(x, tf.mul(x, x)))), Math.sqrt(2 / Math.PI)))
        : tf.erf(tf.mul(x, Math.SQRT1_2))
    return tf.mul(tf.mul(x, 0.5), tf.add(inside, 1))
  },
  erf: unary((tf, x) => tf.erf(x)),

  matmul: ({ tf, inputs, attributes: { transposeA, transposeB, alpha }, shape }) => {
    const [a, b] = inputs as [Tf.Tensor, Tf.Tensor]
    const rows = b.rank === 2 && !transposeA
    // TensorFlow.js pairs batches wrongly if some of several axes are broadcast, and does not differentiate if any is; nor does
    // it differentiate broadcastTo of five axes.
    const full = (x: Tf.Tensor) => {
      const wanted = [...shape.slice(0, -2), ...x.shape.slice(-2)]
      return wanted.join() === x.shape.join() ? x : tf.mul(x, tf.ones(wanted))
    }
    const product = rows
      ? tf.reshape(tf.matMul(tf.reshape(a, [-1, a.shape.at(-1)!]), b, false, transposeB), [...shape])
      : tf.matMul(full(a), full(b), transposeA, transposeB)
    return alpha === 1 ? product : tf.mul(product, alpha)
  },

  reshape: ({ tf, inputs, shape }) => tf.reshape(inputs[0]!, [...shape]),
  transpose: ({ tf, inputs, attributes }) => tf.transpose(inputs[0]!, [...attributes.permutation]),
  concat: ({ tf, inputs, attributes }) => tf.concat([...inputs], attributes.axis),
  slice: ({ tf, inputs, attributes: { axis, start }, shape }) => {
    const at = axis < 0 ? axis + shape.length : axis
    return tf.slice(
      inputs[0]!,
      shape.map((_, i) => (i === at ? start : 0)),
      [...shape],
    )
  },
  broadcast: ({ tf, inputs, shape }) => tf.broadcastTo(inputs[0]!, [...shape]),

  sum: ({ tf, inputs, attributes: { axes, keep } }) => tf.sum(inputs[0]!, [...axes], keep),
  mean: ({ tf, inputs, attributes: { axes, keep } }) => tf.mean(inputs[0]!, [...axes], keep),

  gather: binary((tf, table, ids) => tf.gather(table, tf.cast(ids, 'int32'))),
  scatter_add: ({ tf, inputs, shape }) => {
    const [ids, values] = inputs as [Tf.Tensor, Tf.Tensor]
    return tf.scatterND(tf.reshape(ids, [-1, 1]), tf.reshape(values, [-1, shape[1]!]), [...shape])
  },
  add_at: ({ tf, inputs, shape }) => {
    const [x, ids, values] = inputs as [Tf.Tensor, Tf.Tensor, Tf.Tensor]
    return tf.add(x, tf.mul(oneHot(tf, ids, shape.at(-1)!), tf.expandDims(values, -1)))
  },

  top_k: ({ tf, inputs, attributes: { k }, shape }) => {
    const size = shape.at(-1)!
    const { indices } = tf.topk(tf.reshape(inputs[0]!, [-1, size]), k)
    const chosen = tf.sum(tf.reshape(oneHot(tf, tf.reshape(indices, [-1]), size), [-1, k, size]), 1)
    return tf.reshape(chosen, [...shape])
  },

  softmax: unary((tf, x) => tf.softmax(x)),
  log_softmax: unary((tf, x) => tf.logSoftmax(x)),
  log_probability: binary((tf, logits, ids) =>
    tf.sum(tf.mul(tf.logSoftmax(logits), oneHot(tf, ids, logits.shape.at(-1)!)), -1),
  ),
  layer_norm: ({ tf, inputs, attributes }) => {
    const [x, gain, bias] = inputs as [Tf.Tensor, Tf.Tensor, Tf.Tensor?]
    const centred = tf.sub(x, tf.mean(x, -1, true))
    const y = tf.mul(tf.mul(centred, inverseDeviation(tf, x, attributes.epsilon, true)), gain)
    return bias === undefined ? y : tf.add(y, bias)
  },
  rms_norm: ({ tf, inputs, attributes }) => {
    const [x, gain] = inputs as [Tf.Tensor, Tf.Tensor]
    return tf.mul(tf.mul(x, inverseDeviation(tf, x, attributes.epsilon, false)), gain)
  },
  inverse_deviation: ({ tf, inputs, attributes }) =>
    inverseDeviation(tf, inputs[0]!, attributes.epsilon, attributes.centred),
  rope: ({ tf, inputs, attributes, shape }) => {
    const [x, positions] = inputs as [Tf.Tensor, Tf.Tensor]
    const [batch, , time, size] = shape as [number, number, number, number]
    const { rates, gain } = rotationOf(size, attributes)
    const turns = tf.reshape(tf.cast(positions, 'float32'), [batch, 1, time, 1])
    const angles = tf.mul(turns, tf.tensor1d(Float32Array.from(rates)))
    const cosine = tf.mul(tf.cos(angles), gain)
    const sine = tf.mul(tf.sin(angles), attributes.inverse ? -gain : gain)
    const [first, second] = tf.split(x, 2, -1) as [Tf.Tensor, Tf.Tensor]
    return tf.concat(
      [tf.sub(tf.mul(first, cosine), tf.mul(second, sine)), tf.add(tf.mul(second, cosine), tf.mul(first, sine))],
      -1,
    )
  },
  attention: expanded,
  shift: expanded,
  segment_mask: ({ tf, inputs, shape }) => {
    const [batch, , time] = shape as [number, number, number, number]
    const segments = inputs[0]!
    const other = tf.notEqual(tf.reshape(segments, [batch, 1, time, 1]), tf.reshape(segments, [batch, 1, 1, time]))
    return tf.mul(tf.cast(other, 'float32'), masked)
  },
  position_grid: ({ tf, inputs, attributes: { of, past }, shape }) => {
    const positions = tf.cast(inputs[0]!, 'float32')
    if (of === 'queries') return tf.reshape(positions, [...shape])
    const [batch, time] = positions.shape as [number, number]
    const before = tf.tile(tf.reshape(tf.range(0, past, 1, 'float32'), [1, 1, 1, past]), [batch, 1, 1, 1])
    return tf.concat([before, tf.reshape(positions, [batch, 1, 1, time])], 3)
  },
  dropout: ({ tf, inputs, attributes }) => tf.mul(tf.mul(inputs[0]!, inputs[1]!), 1 / (1 - attributes.rate)),
}
