/** The losses of GPT-2 and Llama in TensorFlow.js, written after their papers and not after our graphs. */

import * as tf from '@tensorflow/tfjs-core'
import { attention, geluTanh, rope } from './gradient-cases.ts'

export interface Sizes {
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
}

export interface Texts {
  /** [batch, time]. */
  readonly tokens: tf.Tensor
  readonly positions: tf.Tensor
  readonly targets: tf.Tensor
}

type Weights = (name: string) => tf.Tensor

/** x Wᵀ (+ b). */
function linear(x: tf.Tensor, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const rows = x.reshape([-1, x.shape.at(-1)!])
  const product = tf.matMul(rows, weight, false, true).reshape([...x.shape.slice(0, -1), weight.shape[0]!])
  return bias ? product.add(bias) : product
}

function layerNorm(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true)
  return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(gain).add(bias)
}

const rmsNorm = (x: tf.Tensor, gain: tf.Tensor) => x.mul(x.square().mean(-1, true).add(1e-5).rsqrt()).mul(gain)

function split(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch, time, dim] = x.shape as [number, number, number]
  return x.reshape([batch, time, heads, dim / heads]).transpose([0, 2, 1, 3])
}

function merge(x: tf.Tensor): tf.Tensor {
  const [batch, heads, time, size] = x.shape as [number, number, number, number]
  return x.transpose([0, 2, 1, 3]).reshape([batch, time, heads * size])
}

function crossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  const size = logits.shape.at(-1)!
  return tf.losses.softmaxCrossEntropy(tf.oneHot(targets.flatten().toInt(), size), logits.reshape([-1, size]))
}

export function gpt2(weight: Weights, { layers, heads }: Sizes, { tokens, positions, targets }: Texts): tf.Tensor {
  const both = (name: string) => [weight(`${name}.weight`), weight(`${name}.bias`)] as const
  let x = weight('table').gather(tokens.toInt()).add(weight('places.weight').gather(positions.toInt()))
  for (let i = 0; i < layers; i++) {
    const at = `layers.${i}`
    const a = layerNorm(x, ...both(`${at}.layer_norm`))
    const [q, k, v] = ['q', 'k', 'v'].map((name) => split(linear(a, ...both(`${at}.gpt2_attention.${name}`)), heads))
    const mixed = attention(q!, k!, v!, true, 1 / Math.sqrt(q!.shape[3]!))
    x = x.add(linear(merge(mixed), ...both(`${at}.gpt2_attention.o`)))
    const m = layerNorm(x, ...both(`${at}.layer_norm_2`))
    x = x.add(linear(geluTanh(linear(m, ...both(`${at}.gpt2_mlp.up`))), ...both(`${at}.gpt2_mlp.down`)))
  }
  return crossEntropy(linear(layerNorm(x, ...both('norm')), weight('table')), targets)
}

export function llama(
  weight: Weights,
  { layers, heads, kvHeads }: Sizes,
  { tokens, positions, targets }: Texts,
): tf.Tensor {
  let x = weight('embeddings.weight').gather(tokens.toInt())
  for (let i = 0; i < layers; i++) {
    const at = (name: string) => weight(`layers.${i}.${name}.weight`)
    const a = rmsNorm(x, at('rms_norm'))
    const q = rope(split(linear(a, at('attention.q')), heads), positions, 10_000)
    const k = rope(split(linear(a, at('attention.k')), kvHeads), positions, 10_000)
    const v = split(linear(a, at('attention.v')), kvHeads)
    x = x.add(linear(merge(attention(q, k, v, true, 1 / Math.sqrt(q.shape[3]!))), at('attention.o')))
    const m = rmsNorm(x, at('rms_norm_2'))
    const gate = linear(m, at('swiglu.gate'))
    x = x.add(linear(gate.mul(gate.sigmoid()).mul(linear(m, at('swiglu.up'))), at('swiglu.down')))
  }
  return crossEntropy(linear(rmsNorm(x, weight('norm.weight')), weight('head.weight')), targets)
}
