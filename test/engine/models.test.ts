/** Whole models: both engines, and our gradients beside TensorFlow.js's own differentiation of the same forward graph. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { describe, expect, test } from 'vitest'
import { loadEngine } from '../../src/engine/load.ts'
import { evaluate, prepare } from '../../src/engine/tfjs/evaluate.ts'
import { differentiate } from '../../src/model/gradients/differentiate.ts'
import { withCrossEntropy } from '../../src/model/training/loss.ts'
import { feedsOf } from './feeds.ts'
import { architecture } from './stdlib.ts'
import { difference, largestOf } from './suite.ts'

const size = { vocab: 11, dim: 16, layers: 2, heads: 4, context: 7 }

const models = [
  ['gpt2', architecture('gpt2', size, { batch: 3, time: 7 })],
  ['gpt2 without biases, one row', architecture('gpt2', { ...size, bias: false }, { batch: 1, time: 5 })],
  ['gpt2 with dropout', architecture('gpt2', { ...size, dropout: 0.25 }, { batch: 2, time: 6 })],
  ['llama', architecture('llama', size, { batch: 3, time: 7 })],
  ['llama with shared keys and values', architecture('llama', { ...size, kv_heads: 2 }, { batch: 2, time: 6 })],
  ['llama of one token', architecture('llama', { ...size, kv_heads: 1 }, { batch: 1, time: 1 })],
] as const

describe.each(models)('%s', (_, model) => {
  const lossGraph = withCrossEntropy(model)

  test('logits of both engines are equal', async () => {
    const feeds = feedsOf(model, size.vocab)
    const [ours, theirs] = await Promise.all(
      ['onnx', 'tfjs'].map(async (name) => {
        const executable = await (await loadEngine(name)).compile(model, { threads: 1 })
        const { logits } = await executable.run(feeds)
        await executable.dispose()
        return logits!
      }),
    )
    expect(ours!.shape).toEqual(theirs!.shape)
    expect(difference(ours!.data, theirs!.data)).toBeLessThan(1e-5)
  })

  test.each(['onnx', 'tfjs'])('gradients by %s are those of tf.grads', async (name) => {
    const feeds = feedsOf(lossGraph, size.vocab)
    const executable = await (await loadEngine(name)).compile(differentiate(lossGraph), { threads: 1 })
    const ours = await executable.run(feeds)
    await executable.dispose()

    const weights = lossGraph.weights.map((weight) => weight.name)
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([key, { data, shape, dtype }]) => [key, tf.tensor(data, [...shape], dtype)]),
    )
    const loss = (...values: tf.Tensor[]) => {
      const fed = { ...tensors, ...Object.fromEntries(weights.map((weight, i) => [weight, values[i]!])) }
      return evaluate(tf, prepare(lossGraph), fed).loss!.asScalar()
    }
    const { value, grads } = tf.valueAndGrads(loss)(weights.map((weight) => tensors[weight]!))
    expect(difference(ours.loss!.data, value.dataSync())).toBeLessThan(1e-5)
    expect(Object.keys(ours).filter((output) => output.startsWith('grad:'))).toHaveLength(weights.length)
    // The bias of keys has no gradient but rounding: it moves all logits of a query alike.
    const all = grads.map((grad) => grad.dataSync())
    const least = 1e-3 * Math.max(...all.map(largestOf))
    const errors = weights.map(
      (weight, i) => [weight, difference(ours[`grad:${weight}`]!.data, all[i]!, least)] as const,
    )
    expect(errors.filter(([, error]) => !(error < 1e-4))).toEqual([])
  })
})
