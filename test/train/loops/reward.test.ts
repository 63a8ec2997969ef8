/** Reward models: the losses against hand-computed ones, learning, and resuming in the same bytes. */

import { describe, expect, it } from 'vitest'
import { Interrupted } from '../../../src/core/failure.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { spanOf } from '../../../src/engine/training-session.ts'
import { GraphBuilder } from '../../../src/model/build.ts'
import { bradleyTerryLoss, preferredPairs } from '../../../src/train/alignment/preference.ts'
import { choicesOf, type PreferenceLoss } from '../../../src/train/batches/choices.ts'
import { makeRankingBatch, type RankedSequences, sizesFor } from '../../../src/train/batches/ranking-batches.ts'
import { withPreferenceLoss, withScoresAtLast } from '../../../src/train/loops/preference-loss.ts'
import { type RewardTask, trainReward } from '../../../src/train/loops/reward.ts'
import { rewardHead } from '../../../src/train/scores/reward-scores.ts'
import { initialize } from '../../../src/train/weights/initialize.ts'
import { layOut, views } from '../../../src/train/weights/parameters.ts'
import { architecture, scratch, sizes } from '../small.ts'

const engine = await loadEngine('onnx')

/** The loss of one ranking whose responses, of one token each, have these scores. */
async function lossOf(
  scores: readonly number[],
  ranks: readonly number[],
  { loss = 'bradley_terry', margin = 0, centring = 0 }: { loss?: PreferenceLoss; margin?: number; centring?: number },
): Promise<number> {
  const ranking = { ranks, sequences: scores.map((_, i) => [i]), prompts: scores.map(() => 0) }
  const batchSizes = sizesFor([ranking], { batch: 1, context: 128, loss, maxRows: () => 8 })
  const batch = makeRankingBatch(batchSizes, loss, margin)
  batch.fill([ranking], 1)
  // A model that gives each place of its only input back: token i has score i.
  const builder = new GraphBuilder()
  const shape = [batchSizes.rows, batchSizes.time]
  const graph = builder.finish({ [rewardHead]: builder.input('values', shape, 'float32') })
  const scored = withScoresAtLast(graph, batchSizes.responses)
  const executable = await engine.compile(withPreferenceLoss(scored, { ...batchSizes, centring }), { threads: 1 })
  const tokens = batch.feeds.tokens!.data
  const values = { dtype: 'float32', shape, data: Float32Array.from(tokens, (token) => scores[token] ?? 0) } as const
  const outputs = await executable.run({ ...batch.feeds, values })
  await executable.dispose()
  return outputs.loss!.data[0]!
}

describe('the loss of a ranking', () => {
  it('of two is −log σ(Δ − margin)', async () => {
    expect(await lossOf([2, 1], [1, 2], { margin: 0.5 })).toBeCloseTo(0.474077, 6)
    expect(await lossOf([1, 2], [2, 1], { margin: 0.5 })).toBeCloseTo(0.474077, 6)
  })

  it('of four with ties is the mean over the pairs that are not tied', async () => {
    const [scores, ranks] = [
      [0.3, -1.2, 0.9, 2.1],
      [2, 4, 1, 2],
    ]
    const expected = bradleyTerryLoss(scores!, preferredPairs(ranks!))
    expect(await lossOf(scores!, ranks!, {})).toBeCloseTo(expected, 6)
  })

  it('by Plackett and Luce is that of choosing the best from what is left', async () => {
    const [a, b, c] = [0.3, -1.2, 0.9]
    const sum = (...scores: number[]) => Math.log(scores.reduce((total, score) => total + Math.exp(score), 0))
    const expected = (sum(a, b, c) - c + sum(a, b) - a) / 2
    expect(await lossOf([a, b, c], [2, 3, 1], { loss: 'plackett_luce' })).toBeCloseTo(expected, 6)
  })

  it('with centring adds the square of the sum of both scores', async () => {
    const plain = await lossOf([2, 1], [1, 2], {})
    expect(await lossOf([2, 1], [1, 2], { centring: 0.01 })).toBeCloseTo(plain + 0.01 * 9, 6)
  })

  it('has no choices where all tie', () => {
    expect(choicesOf([1, 1, 1], 'bradley_terry')).toEqual([])
    expect(choicesOf([1, 1, 1], 'plackett_luce')).toEqual([])
  })
})

/** Responses with an `a` in them are better than those without. */
function rankings(count: number, first: number): RankedSequences[] {
  return Array.from({ length: count }, (_, i) => {
    const prompt = [60 + ((first + i) % 20), 61]
    const better = [...prompt, 97, 98 + (i % 5), 10]
    const worse = [...prompt, 100 + (i % 7), 101, 10]
    const prompts = [prompt.length, prompt.length]
    return i % 2 === 0
      ? { sequences: [better, worse], prompts, ranks: [1, 2] }
      : { sequences: [worse, better], prompts, ranks: [2, 1] }
  })
}

const model = architecture('llama', sizes)
const base = (() => {
  const slots = layOut(model.graph.weights.map((weight) => ({ ...weight, shape: weight.shape.map(sizeOf) })))
  const flat = new Float32Array(spanOf(slots))
  initialize(model.graph.weights, slots, flat, 1)
  return views(slots, flat)
})()

function sizeOf(dim: number | string): number {
  return typeof dim === 'number' ? dim : sizes.vocab
}

function train(change: Partial<RewardTask> = {}) {
  return trainReward({
    model,
    weights: base,
    vocab: sizes.vocab,
    train: rankings(48, 0),
    heldOut: rankings(12, 7),
    settings: {
      epochs: 3,
      batch: 8,
      loss: 'bradley_terry',
      margin: 0,
      centring: 0.01,
      normalize: true,
      optimizer: { lr: 1e-2, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0 },
      schedule: { call: 'linear', warmup: 0, floor: 0 },
      clip: 1,
      seed: 1,
    },
    hints: { checkpoint_every: 1e9, log_every: 1 },
    engine,
    threads: 1,
    work: scratch(),
    signal: new AbortController().signal,
    emit: () => {},
    ...change,
  })
}

describe('a reward model', () => {
  it('learns what is preferred, for rankings it has not seen too', async () => {
    const { train: seen, heldOut, scores } = await train()
    expect(seen.accuracy).toBeGreaterThan(0.95)
    expect(heldOut?.accuracy).toBeGreaterThan(0.9)
    expect(Math.abs(scores.mean)).toBeLessThan(0.5)
  })

  it('ends in the same bytes when it was interrupted, and on more threads', async () => {
    const undisturbed = await train()
    const work = scratch()
    for (const step of [2, 9]) {
      const stop = new AbortController()
      const emit: RewardTask['emit'] = (event) => {
        if (event.event === 'progress' && event.done === step) stop.abort()
      }
      await expect(train({ work, signal: stop.signal, emit })).rejects.toThrow(Interrupted)
    }
    expect(await train({ work })).toEqual(undisturbed)
    expect(await train({ threads: 2 })).toEqual(undisturbed)
  })
})
