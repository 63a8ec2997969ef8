/** A step in parts: the loss and the gradients of the whole batch, whatever is computed at a time. */

import { describe, expect, it } from 'vitest'
import { Random } from '../../src/core/random.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { bind } from '../../src/model/bind.ts'
import { withCrossEntropy } from '../../src/model/loss.ts'
import { AdamW } from '../../src/train/adamw.ts'
import { makeBatch } from '../../src/train/batches.ts'
import { initialize } from '../../src/train/initialize.ts'
import { decayedSpan, layOut, spanOf } from '../../src/train/parameters.ts'
import { type Parts, partsOf, whole } from '../../src/train/parts.ts'
import { TrainingStep } from '../../src/train/step.ts'
import { difference } from '../engine/suite.ts'
import { architecture } from '../model/architecture.ts'

const sizes = { vocab: 11, dim: 8, layers: 1, heads: 2, context: 5 }
const model = architecture('gpt2', { ...sizes, dropout: 0.25 })
const settings = { lr: 1e-3, betas: [0.9, 0.99], eps: 1e-8, weight_decay: 0 }
const rows = 4

/** The gradients of two batches, and what came out for the last. */
async function step(engine: string, parts: Parts) {
  const graph = bind(model.graph, { batch: rows / parts.count, time: 5, vocab: 11 })
  const slots = layOut(graph.weights)
  const optimizer = new AdamW(spanOf(slots), decayedSpan(slots), settings, parts.atOnce)
  initialize(graph.weights, slots, optimizer.weights, 1)
  const objective = withCrossEntropy(graph)
  const training = await TrainingStep.compile(await loadEngine(engine), objective, slots, optimizer, 2, parts)
  const batch = makeBatch(rows, 5)
  const random = new Random(1, 'tokens')
  // What stood there before is forgotten.
  for (const { start, size } of slots) optimizer.gradients.fill(Number.NaN, start, start + size)
  optimizer.clear()
  let outputs = {}
  for (const index of [0, 1]) {
    for (let i = 0; i < batch.tokens.length; i++) {
      batch.tokens[i] = random.below(11)
      batch.targets[i] = random.below(11)
    }
    outputs = await training.accumulate(batch.feeds, 1, index)
  }
  await training.dispose()
  const { loss, logProbabilities } = outputs as Record<string, { shape: number[]; data: Float32Array }>
  return { gradients: optimizer.gradients, loss: loss!, logProbabilities: logProbabilities! }
}

describe.each(['onnx', 'tfjs'])('a step in two parts, by %s', (engine) => {
  it('has the loss and the gradients of the whole', async () => {
    const [one, two] = [await step(engine, whole), await step(engine, { count: 2, atOnce: 1 })]
    expect(difference(two.gradients, one.gradients)).toBeLessThan(1e-5)
    for (const output of ['loss', 'logProbabilities'] as const) {
      expect(two[output].shape).toEqual(one[output].shape)
      expect(difference(two[output].data, one[output].data)).toBeLessThan(1e-5)
    }
  })

  it('has the same bytes whether they are computed at once or one after the other', async () => {
    const [one, two] = [await step(engine, { count: 2, atOnce: 1 }), await step(engine, { count: 2, atOnce: 2 })]
    expect(two.gradients).toEqual(one.gradients)
    expect(two.loss).toEqual(one.loss)
  })
})

it('parts are fixed by the rows; threads and the size of the model say only how many are computed at a time', () => {
  const large = bind(architecture('gpt2', { ...sizes, dim: 1024, layers: 4 }).graph, {})
  const small = bind(model.graph, {})
  expect([1, 2, 8].map((threads) => partsOf(6, small, threads))).toEqual([
    { count: 2, atOnce: 1 },
    { count: 2, atOnce: 2 },
    { count: 2, atOnce: 2 },
  ])
  expect(partsOf(6, large, 8)).toEqual({ count: 2, atOnce: 1 })
  expect(partsOf(5, small, 8)).toEqual(whole)
})
