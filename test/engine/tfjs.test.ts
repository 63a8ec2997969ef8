/** TensorFlow.js: the suite of all engines, and no tensor left behind. */

import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { loadEngine } from '../../src/engine/load.ts'
import { differentiate } from '../../src/model/gradients/differentiate.ts'
import { withCrossEntropy } from '../../src/model/training/loss.ts'
import { feedsOf } from './feeds.ts'
import { architecture } from './stdlib.ts'
import { engineSuite } from './suite.ts'

engineSuite(() => loadEngine('tfjs'))

const model = architecture('llama', { vocab: 11, dim: 8, layers: 1, heads: 2, context: 4 }, { batch: 2, time: 4 })
const step = differentiate(withCrossEntropy(model))

test('a training step leaves no tensor behind', async () => {
  const executable = await (await loadEngine('tfjs')).compile(step, { threads: 1 })
  const feeds = feedsOf(step, 11)
  const before = tf.memory().numTensors
  const results = await executable.run(feeds)
  await executable.run(feeds, results)
  expect(tf.memory().numTensors).toBe(before)
})

test('a step that fails leaves no tensor behind', async () => {
  const executable = await (await loadEngine('tfjs')).compile(step, { threads: 1 })
  const { tokens: _, ...feeds } = feedsOf(step, 11)
  const before = tf.memory().numTensors
  await expect(executable.run(feeds)).rejects.toThrow('no tensor is fed for `tokens`')
  expect(tf.memory().numTensors).toBe(before)
})

test('tfjs names the backend that it computes with', async () => {
  expect((await loadEngine('tfjs')).description).toMatch(/^TensorFlow\.js 4\.\d+\.\d+, plain JavaScript$/)
})
