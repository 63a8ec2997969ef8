/** Policies that learn in several processes: these divide the answers, and what reads and scores them. */

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type StageEvent, scalarsIn } from '../../../src/core/event.ts'
import { Interrupted } from '../../../src/core/failure.ts'
import { Random } from '../../../src/core/values/random.ts'
import type { Compiler, Engine } from '../../../src/engine/engine.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import type { TrainingSession } from '../../../src/engine/training-session.ts'
import { bind } from '../../../src/model/bind.ts'
import { rewardInit, withScalarHead } from '../../../src/model/training/heads.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { Generator } from '../../../src/train/generation/generator.ts'
import { plainSampling } from '../../../src/train/generation/sampling.ts'
import { grpo } from '../../../src/train/loops/grpo.ts'
import { type PolicyMethod, trainPolicy } from '../../../src/train/loops/policy/loop.ts'
import { ppo } from '../../../src/train/loops/ppo.ts'
import { rewardForward, rewardHead, scoresOf } from '../../../src/train/scores/reward-scores.ts'
import { type Common, commonOf, group, model, pricing, weights } from '../../train/all-loops.ts'
import { randomWeights } from '../../train/random-weights.ts'
import { scratch, sizes } from '../../train/small.ts'
import { engineToInterrupt } from './own-engine.ts'

afterEach(() => vi.unstubAllEnvs())

const rewarding = { ...model, graph: withScalarHead(model.graph, rewardHead, rewardInit) }
const rewardWeights = randomWeights(rewarding, sizes.vocab, 1, 3)
const methods = { ppo: ppo(pricing), grpo: grpo(group) }
/** Prompts of which two fill a row, so that a minibatch has several rows. */
const prompts = Array.from({ length: 7 }, (_, i) => Array.from({ length: 2 + i }, (_, at) => 40 + ((i * at + 7) % 60)))

interface Learned {
  readonly losses: readonly number[]
  /** The answers that were shown. */
  readonly texts: readonly string[]
  readonly others: readonly (readonly [string, number])[]
}

interface Change {
  readonly rollouts?: number
  readonly temperature?: number
  readonly steps?: number
  readonly freeze?: readonly string[]
}

/** Learns from the scores of a reward model in `processes` processes. */
async function learn(
  method: PolicyMethod,
  processes: number,
  { temperature = 1, steps = 4, rollouts = 8, freeze, ...change }: Partial<Common> & Change = {},
): Promise<Learned> {
  vi.stubEnv('LLMPIPE_TORCH_PROCESSES', `${processes}`)
  const losses: number[] = []
  const texts: string[] = []
  const others: (readonly [string, number])[] = []
  const emit = (event: StageEvent) => {
    if (event.event === 'sample') texts.push(event.text, ...(event.more ?? []).map(({ text }) => text))
    if (event.event === 'metric' && event.loss !== undefined) {
      losses.push(event.loss)
      for (const [name, value] of scalarsIn(event)) if (name !== 'tokensPerSecond') others.push([name, value])
    }
    change.emit?.(event)
  }
  const optimizer = { lr: 3e-4, betas: [0.9, 0.95], eps: 1e-5, weight_decay: 0 }
  const answering = { rollouts, minibatches: 1, max_tokens: 5, temperature, clip_norm: 1, epochs: 2 }
  await trainPolicy(
    {
      ...commonOf({ engine: await loadEngine('torch'), ...change, emit }),
      settings: { optimizer, schedule: { call: 'constant', warmup: 0 }, seed: 1, steps, ...answering, freeze },
      prompts,
      stop: [10],
      scorer: async (compiler) => {
        const forward = rewardForward(compiler, rewarding, { vocab: sizes.vocab, rows: 4, threads: 1 })
        return {
          score: (sequences) => scoresOf(forward, rewardWeights, sequences),
          dispose: () => forward.dispose(),
        }
      },
      decode: (ids) => Array.from(ids).join(' '),
    },
    method,
  )
  return { losses, texts, others }
}

function expectSame(a: Learned, b: Learned): void {
  expect(a.losses.length).toBe(b.losses.length)
  for (const [i, loss] of a.losses.entries()) expect(Math.abs(loss - b.losses[i]!)).toBeLessThan(1e-5)
  expect(a.texts).toEqual(b.texts)
  for (const [i, [name, value]] of a.others.entries()) {
    expect(b.others[i]![0]).toBe(name)
    expect(Math.abs(value - b.others[i]![1]), name).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)))
  }
}

/** The results of each method in one process without an interruption, computed once. */
const alone = new Map<PolicyMethod, Promise<Learned>>()
function learnAlone(method: PolicyMethod): Promise<Learned> {
  const known = alone.get(method) ?? learn(method, 1)
  alone.set(method, known)
  return known
}

const hasTorch = process.env.LLMPIPE_PYTHON !== undefined

describe.skipIf(!hasTorch).each(Object.entries(methods))('%s in several processes', (_, method) => {
  it.each([1, 0.1])('has the losses and the answers of one, at temperature %d', async (temperature) => {
    const one = temperature === 1 ? await learnAlone(method) : await learn(method, 1, { temperature })
    expect(one.losses).toHaveLength(4)
    expect(new Set(one.texts).size).toBeGreaterThan(4)
    expectSame(await learn(method, 2, { temperature }), one)
  })

  it('has them with divided weights, and however many processes there are', async () => {
    const one = await learnAlone(method)
    const hints = { checkpoint_every: 1e9, log_every: 1, shard: 'weights' } as const
    expectSame(await learn(method, 2, { hints }), one)
    expectSame(await learn(method, 3), one)
  })

  it('has them however many rows its device computes at once', async () => {
    const engine = await loadEngine('torch')
    const learnAt = (rows: number) =>
      learn(method, 1, { engine: { ...engine, atOnce: { rows, bytes: 2 ** 32 } }, rollouts: 32 })
    expectSame(await learnAt(32), await learnAt(8))
  })

  it('has them if layers have frozen weights beside those of the reference, all divided', async () => {
    const hints = { checkpoint_every: 1e9, log_every: 1, shard: 'weights' } as const
    const freeze = ['*norm*', 'q']
    expectSame(await learn(method, 2, { hints, freeze }), await learn(method, 1, { freeze }))
  })

  it.each([
    [2, 1],
    [1, 2],
  ])('is stopped with %i and resumed with %i', async (first, then) => {
    const work = scratch()
    const stop = new AbortController()
    const emit = (event: StageEvent) => {
      if (event.event === 'metric' && event.step === 2) stop.abort()
    }
    const engine = await engineToInterrupt(first)
    await expect(learn(method, first, { engine, work, emit, signal: stop.signal })).rejects.toThrow(Interrupted)
    const [resumed, whole] = [await learn(method, then, { work }), await learnAlone(method)]
    expect(resumed.losses).toHaveLength(2)
    expectSame(resumed, {
      losses: whole.losses.slice(2),
      texts: whole.texts.slice(-resumed.texts.length),
      others: whole.others.slice(-resumed.others.length),
    })
  })
})

/** A session in `processes` processes whose weights are those of the model. */
async function sessionOf(engine: Engine, processes: number, shard: 'moments' | 'weights') {
  vi.stubEnv('LLMPIPE_TORCH_PROCESSES', `${processes}`)
  const objective = withCrossEntropy(bind(model.graph, { batch: processes, time: 8, vocab: sizes.vocab }))
  const session = await engine.train!(objective, {
    ...{ slots: [], frozen: weights, seed: 1, single: true, threads: 1, shard },
    optimizer: { lr: 1, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0 },
    divide: (rows) => withCrossEntropy(bind(model.graph, { batch: rows, time: 8, vocab: sizes.vocab })),
  })
  expect(session.ways).toBe(processes)
  return session
}

const asked = Array.from({ length: 37 }, (_, i) => [60 + (i % 30), 61, 62].slice(0, 1 + (i % 3)))

/** Completes what is asked. */
async function write(compiler: Compiler, fed: typeof weights, temperature: number) {
  const generator = new Generator(compiler, model, { vocab: sizes.vocab, batch: asked.length, threads: 1 })
  const randoms = asked.map((_, i) => new Random(1, 'answers', i))
  const stop = Array.from({ length: 20 }, (_, i) => 64 + i)
  const writing = { ...plainSampling, temperature, maxTokens: 12, stop, logProbabilities: true }
  const texts = await generator.complete(fed, asked, writing, randoms)
  await generator.dispose()
  return texts
}

describe.skipIf(!hasTorch).each([
  [2, 'moments'],
  [2, 'weights'],
  [3, 'moments'],
] as const)('texts that %i processes write (%s divided)', (processes, shard) => {
  let engine: Engine
  let session: TrainingSession
  beforeAll(async () => {
    engine = await loadEngine('torch')
    session = await sessionOf(engine, processes, shard)
  })
  afterAll(() => session.dispose())

  it.each([0, 1])('are those of one, at temperature %i, also when groups get smaller', async (temperature) => {
    const whole = await write(engine, weights, temperature)
    expect(new Set(whole.map(({ tokens }) => tokens.length)).size).toBeGreaterThan(2)
    // Of the session's own weights, and of weights that are fed.
    for (const texts of [await write(session, {}, temperature), await write(session.beside!, weights, temperature)]) {
      expect(texts.map(({ tokens, ended }) => [tokens, ended])).toEqual(
        whole.map(({ tokens, ended }) => [tokens, ended]),
      )
      for (const [i, { logProbabilities }] of whole.entries())
        for (const [at, each] of logProbabilities.entries()) expect(texts[i]!.logProbabilities[at]).toBeCloseTo(each, 5)
    }
  })
})
