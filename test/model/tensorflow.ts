/** TensorFlow.js on its plain JavaScript backend, as an oracle for gradients. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import type { Array64 } from './reference.ts'

export function tensorOf({ shape, data }: Array64): tf.Tensor {
  return tf.tensor(Float32Array.from(data), [...shape])
}

export function arrayOf(tensor: tf.Tensor): Array64 {
  return { shape: tensor.shape, data: Float64Array.from(tensor.dataSync()) }
}

/** The gradients of the scalar `loss` in each of `arrays`. */
export function gradientsBy(loss: (...tensors: tf.Tensor[]) => tf.Tensor, arrays: readonly Array64[]): Array64[] {
  const found = tf.grads((...tensors: tf.Tensor[]) => loss(...tensors).asScalar())(arrays.map(tensorOf))
  return found.map(arrayOf)
}
