/** A step of training: where the gradients of its batches go. */

import { describe, expect, it } from 'vitest'
import { loadEngine } from '../../../src/engine/load.ts'
import { bind } from '../../../src/model/bind.ts'
import { withCrossEntropy } from '../../../src/model/loss.ts'
import { makeBatch } from '../../../src/train/batches/batches.ts'
import { AdamW } from '../../../src/train/step/adamw.ts'
import { TrainingStep } from '../../../src/train/step/step.ts'
import { initialize } from '../../../src/train/weights/initialize.ts'
import { decayedSpan, layOut, spanOf } from '../../../src/train/weights/parameters.ts'
import { architecture } from '../../model/architecture.ts'

const settings = { lr: 1e-3, betas: [0.9, 0.99], eps: 1e-8, weight_decay: 0.1 } as const

/** The gradients after batches of these numbers; a vocabulary above 128 rows takes the other way of adding to a table. */
async function gradientsOf(name: string, vocab: number, batches: readonly number[], single: boolean) {
  const model = architecture(name, { vocab, dim: 16, layers: 2, heads: 2, context: 8 })
  const graph = bind(model.graph, { batch: 2, time: 8, vocab })
  const slots = layOut(graph.weights)
  const optimizer = new AdamW(spanOf(slots), decayedSpan(slots), settings)
  initialize(graph.weights, slots, optimizer.weights, 1)
  const engine = await loadEngine('onnx')
  const step = await TrainingStep.compile(engine, withCrossEntropy(graph), slots, optimizer, { threads: 1, single })
  const batch = makeBatch(2, 8)
  for (const number of batches) {
    for (let i = 0; i < batch.tokens.length; i++) {
      batch.tokens[i] = (7 * i + number) % vocab
      batch.targets[i] = (3 * i + number) % vocab
    }
    await step.accumulate(batch.feeds, 1, number)
  }
  await step.dispose()
  return Float32Array.from(optimizer.gradients)
}

describe.each([
  ['gpt2', 40],
  ['gpt2', 300],
  ['llama', 40],
  ['llama', 300],
])('the gradients of a step of %s with %i tokens', (name, vocab) => {
  it('are the sum of those of its batches', async () => {
    const [first, second] = [await gradientsOf(name, vocab, [1], true), await gradientsOf(name, vocab, [2], true)]
    const both = await gradientsOf(name, vocab, [1, 2], false)
    for (const [i, sum] of both.entries()) expect(Math.abs(sum - (first[i]! + second[i]!))).toBeLessThan(1e-6)
    expect(both.some((x) => x !== 0)).toBe(true)
  })

  it('are the same bytes for one batch, added to nothing or written', async () => {
    const [written, added] = [await gradientsOf(name, vocab, [1], true), await gradientsOf(name, vocab, [1], false)]
    // 0 and −0 are equal numbers.
    expect(Array.from(added, (x) => x + 0)).toEqual(Array.from(written, (x) => x + 0))
  })

  it('are those of the last batch where a step has one', async () => {
    expect(await gradientsOf(name, vocab, [1, 2], true)).toEqual(await gradientsOf(name, vocab, [2], true))
  })
})
