/** PPO and GRPO: their losses and gradients against TensorFlow.js, what they make of rollouts, learning, and resuming. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Interrupted } from '../../../src/core/failure.ts'
import { Random } from '../../../src/core/values/random.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { bind } from '../../../src/model/bind.ts'
import { differentiate } from '../../../src/model/differentiate.ts'
import { advantagesOfGroups, type GrpoSettings, groupAdvantages, grpo } from '../../../src/train/loops/grpo.ts'
import { type PolicyMethod, type PolicyTask, trainPolicy } from '../../../src/train/loops/policy/loop.ts'
import { withGrpoLoss, withPpoLoss } from '../../../src/train/loops/policy/loss.ts'
import type { Rollout } from '../../../src/train/loops/policy/rollouts.ts'
import { makeTokenBatch } from '../../../src/train/loops/policy/token-batch.ts'
import { advantagesAndReturns, type PpoSettings, ppo } from '../../../src/train/loops/ppo.ts'
import { initialize } from '../../../src/train/weights/initialize.ts'
import { layOut, spanOf, views } from '../../../src/train/weights/parameters.ts'
import { freely, run } from '../free-model.ts'
import { architecture, scratch, sizes } from '../small.ts'

const engine = await loadEngine('onnx')

const ppoSettings: PpoSettings = {
  temperature: 1,
  clip: 0.2,
  entropy_weight: 0,
  value_clip: 0.2,
  value_weight: 0.1,
  kl: { call: 'adaptive', target: 6, start: 0.2, horizon: 10_000 },
  gae: { gamma: 1, lambda: 0.95 },
  missing_end_penalty: 1,
  whiten_rewards: false,
}
const grpoSettings: GrpoSettings = {
  temperature: 1,
  clip: 0.2,
  entropy_weight: 0,
  responses: 4,
  beta: 0.04,
  scale_rewards: true,
  weigh: 'responses',
  missing_end_penalty: 1,
}

describe('the PPO loss', () => {
  // Two tokens that count and one that does not, over a vocabulary of two; log p(0) = log σ(x) where logits are (x, 0).
  const logSigmoid = (x: number) => -Math.log(1 + Math.exp(-x))
  const feeds = {
    logits: [1, 0, -1, 0, 5, 0],
    value: [0.5, 1, 9],
    targets: [0, 0, 0],
    counts: [1, 1, 0],
    total: [2],
    old: [logSigmoid(0.2), logSigmoid(-0.9), 0],
    advantages: [2, -1, 7],
    returns: [1, 0.5, 7],
    oldValues: [0.1, 0.9, 7],
  }

  it('are those worked out by hand', async () => {
    const found = await run(withPpoLoss(freely(1, 3, 2), ppoSettings), feeds)
    const ratios = [logSigmoid(1) - logSigmoid(0.2), logSigmoid(-1) - logSigmoid(-0.9)].map(Math.exp)
    // The first has gone further than 1.2 and counts as that; the second is within.
    expect(ratios[0]).toBeGreaterThan(1.2)
    const policy = (-2 * 1.2 + ratios[1]!) / 2
    // 0.5 is more than 0.2 from 0.1: (0.3 − 1)² is the larger; 1 is within: (1 − 0.5)².
    const value = (0.5 * (0.49 + 0.25)) / 2
    const entropy = [1, -1].map((x) => {
      const p = 1 / (1 + Math.exp(-x))
      return -p * Math.log(p) - (1 - p) * Math.log(1 - p)
    })
    expect(found.policyLoss![0]).toBeCloseTo(policy, 6)
    expect(found.valueLoss![0]).toBeCloseTo(value, 6)
    expect(found.loss![0]).toBeCloseTo(policy + 0.1 * value, 6)
    expect(found.entropy![0]).toBeCloseTo((entropy[0]! + entropy[1]!) / 2, 6)
    expect(found.clipFraction![0]).toBe(0.5)
    const k3 = ratios.map((ratio) => ratio - 1 - Math.log(ratio))
    expect(found.approximateKl![0]).toBeCloseTo((k3[0]! + k3[1]!) / 2, 6)
  })

  it('sums to the same over several batches', async () => {
    const whole = await run(withPpoLoss(freely(1, 3, 2), ppoSettings), feeds)
    const parts = [
      [1, 0, 0],
      [0, 1, 0],
    ]
    const found = await Promise.all(
      parts.map((counts) => run(withPpoLoss(freely(1, 3, 2), ppoSettings), { ...feeds, counts })),
    )
    for (const name of ['loss', 'entropy', 'approximateKl', 'valueLoss'])
      expect(found[0]![name]![0]! + found[1]![name]![0]!).toBeCloseTo(whole[name]![0]!, 6)
  })
})

describe('gradients are those of TensorFlow.js', () => {
  const [rows, time, vocab] = [3, 5, 7]
  const count = rows * time
  const random = new Random(5, 'test')
  const normals = (n: number, scale: number) => Array.from({ length: n }, () => scale * random.normal())
  const feeds = {
    logits: normals(count * vocab, 1),
    value: normals(count, 1),
    targets: Array.from({ length: count }, () => random.below(vocab)),
    counts: Array.from({ length: count }, () => random.below(3)),
    total: [11],
    old: normals(count, 0.3).map((x) => -2 + x),
    advantages: normals(count, 1),
    returns: normals(count, 1),
    oldValues: normals(count, 1),
    reference: normals(count, 0.3).map((x) => -2 + x),
  }
  const tensor = (name: keyof typeof feeds, shape: number[] = [rows, time]) => tf.tensor(feeds[name], shape, 'float32')

  /** The sum over what counts, by `total`. */
  const mean = (x: tf.Tensor) => tf.div(tf.sum(tf.mul(x, tensor('counts'))), 11) as tf.Scalar
  const policyTerms = (logits: tf.Tensor, temperature: number) => {
    const all = tf.logSoftmax(tf.div(logits, temperature) as tf.Tensor3D)
    const chosen = tf.oneHot(tf.tensor(feeds.targets, [rows, time], 'int32'), vocab)
    const logProbability = tf.sum(tf.mul(all, chosen), -1)
    const ratio = tf.exp(tf.sub(logProbability, tensor('old')))
    const gains = tensor('advantages')
    const loss = tf.neg(mean(tf.minimum(tf.mul(gains, ratio), tf.mul(gains, tf.clipByValue(ratio, 0.8, 1.2)))))
    return { loss, logProbability, entropy: mean(tf.neg(tf.sum(tf.mul(tf.exp(all), all), -1))) }
  }
  const near = (found: readonly number[], expected: ArrayLike<number>) => {
    expect(found.length).toBe(expected.length)
    for (const [i, x] of found.entries()) expect(Math.abs(x - expected[i]!)).toBeLessThan(2e-6)
  }

  it('for PPO', async () => {
    const settings = { ...ppoSettings, temperature: 0.7, entropy_weight: 0.05 }
    const found = await run(differentiate(withPpoLoss(freely(rows, time, vocab), settings)), feeds)
    const { value, grads } = tf.valueAndGrads((logits: tf.Tensor, values: tf.Tensor) => {
      const { loss, entropy } = policyTerms(logits, 0.7)
      const old = tensor('oldValues')
      const clipped = tf.add(old, tf.clipByValue(tf.sub(values, old), -0.2, 0.2))
      const square = (x: tf.Tensor) => tf.square(tf.sub(x, tensor('returns')))
      const valueLoss = tf.mul(0.5, mean(tf.maximum(square(values), square(clipped))))
      return tf.sub(tf.add(loss, tf.mul(0.1, valueLoss)), tf.mul(0.05, entropy)) as tf.Scalar
    })([tensor('logits', [rows, time, vocab]), tensor('value')])
    near(found.loss!, value.dataSync())
    near(found['grad:logits']!, grads[0]!.dataSync())
    near(found['grad:value']!, grads[1]!.dataSync())
  })

  it('for GRPO', async () => {
    const { value: _, ...rest } = feeds
    const graph = differentiate(withGrpoLoss(freely(rows, time, vocab), { ...grpoSettings, beta: 0.3 }))
    const found = await run(graph, rest)
    const { value, grads } = tf.valueAndGrads((logits: tf.Tensor) => {
      const { loss, logProbability } = policyTerms(logits, 1)
      const r = tf.sub(tensor('reference'), logProbability)
      return tf.add(loss, tf.mul(0.3, mean(tf.sub(tf.sub(tf.exp(r), 1), r)))) as tf.Scalar
    })([tensor('logits', [rows, time, vocab])])
    near(found.loss!, value.dataSync())
    near(found['grad:logits']!, grads[0]!.dataSync())
  })
})

describe('places that do not count', () => {
  // Two answers' tokens, and one of a prompt whose target has a log-probability of −400: exp(400) is infinite.
  const feeds = {
    logits: [1, 0, -1, 0, -400, 0],
    targets: [0, 0, 0],
    counts: [1, 1, 0],
    total: [2],
    old: [-0.3, -1.3, 0],
    advantages: [2, -1, 0],
    reference: [-0.4, -1.2, 0],
  }
  const ofValues = { value: [0.5, 1, 9], returns: [1, 0.5, 0], oldValues: [0.1, 0.9, 0] }
  const small = { ...feeds, logits: [1, 0, -1, 0, -4, 0] }

  it('change neither the loss of GRPO nor its gradients, however large their logits', async () => {
    const graph = differentiate(withGrpoLoss(freely(1, 3, 2), { ...grpoSettings, beta: 0.3 }))
    const [found, expected] = [await run(graph, feeds), await run(graph, small)]
    for (const name of ['loss', 'divergence', 'approximateKl']) expect(found[name]).toEqual(expected[name])
    const gradient = found['grad:logits']!
    expect(gradient.slice(0, 4)).toEqual(expected['grad:logits']!.slice(0, 4))
    expect(gradient.slice(4).map(Math.abs)).toEqual([0, 0])
  })

  it('change neither the loss of PPO nor its gradients', async () => {
    const graph = differentiate(withPpoLoss(freely(1, 3, 2), { ...ppoSettings, entropy_weight: 0.1 }))
    const { reference: _, ...others } = feeds
    const huge = { ...others, ...ofValues, logits: [1, 0, -1, 0, 400, 0], old: [-0.3, -1.3, -200] }
    const found = await run(graph, huge)
    const expected = await run(graph, { ...huge, logits: small.logits, old: feeds.old })
    expect(found.loss).toEqual(expected.loss)
    expect(found['grad:logits']!.slice(0, 4)).toEqual(expected['grad:logits']!.slice(0, 4))
    expect(found['grad:logits']!.slice(4).map(Math.abs)).toEqual([0, 0])
  })

  it('let a token that counts be 400 nats from the reference, with a finite loss and gradient', async () => {
    const graph = differentiate(withGrpoLoss(freely(1, 3, 2), { ...grpoSettings, beta: 0.3 }))
    const found = await run(graph, { ...feeds, counts: [1, 1, 1], total: [3] })
    const numbers = [...found.loss!, ...found['grad:logits']!]
    expect(numbers.filter((x) => !Number.isFinite(x))).toEqual([])
    // Towards the reference, which would have given it: its logit is to rise.
    expect(found['grad:logits']![4]).toBeLessThan(0)
  })
})

function rollout(change: Partial<Rollout>): Rollout {
  const length = change.policy?.length ?? 3
  return {
    ids: Array.from({ length: 2 + length }, (_, i) => i),
    prompt: 2,
    ended: true,
    score: 1,
    policy: new Float32Array(length),
    reference: new Float32Array(length),
    values: new Float32Array(length),
    ...change,
  }
}

describe('the advantages in PPO', () => {
  it('are GAE of penalties and score, whitened over all tokens together', () => {
    const made = [
      rollout({ score: 1, values: Float32Array.of(0.5, 0.4, 0.3) }),
      rollout({
        score: -1,
        ended: false,
        policy: Float32Array.of(-1),
        reference: Float32Array.of(-3),
        values: Float32Array.of(0),
      }),
    ]
    const { responses } = advantagesAndReturns(made, 0.25, ppoSettings)
    const round = (numbers: ArrayLike<number>) => Array.from(numbers, (x) => Math.round(x * 1e5) / 1e5)
    expect(round(responses[0]!.numbers.returns!)).toEqual([0.93675, 0.965, 1])
    // −0.25 · (−1 + 3), and the score less the penalty.
    expect(round(responses[1]!.numbers.returns!)).toEqual([-2.5])
    const raw = [0.43675, 0.565, 0.7, -2.5]
    const mean = raw.reduce((sum, x) => sum + x, 0) / 4
    const deviation = Math.sqrt(raw.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4)
    const whitened = responses.flatMap(({ numbers }) => Array.from(numbers.advantages!))
    expect(round(whitened)).toEqual(round(raw.map((x) => (x - mean) / deviation)))
  })
})

describe('the advantage in GRPO', () => {
  it('is the difference of each answer to its group', () => {
    // Mean 2, sample deviation √(10/3)… of 0, 2, 2, 4: √(8/3).
    const deviation = Math.sqrt(8 / 3) + 1e-4
    expect(groupAdvantages([0, 2, 2, 4], true)).toEqual([-2 / deviation, 0, 0, 2 / deviation])
    expect(groupAdvantages([0, 2, 2, 4], false)).toEqual([-2, 0, 0, 2])
    expect(groupAdvantages([3, 3], true)).toEqual([0, 0])
  })

  it('weighs answers or tokens alike, and takes the penalty of those cut off', () => {
    const policy = new Float32Array(4)
    const made = [rollout({ score: 1 }), rollout({ score: 2, ended: false, policy, reference: policy, values: policy })]
    const of = (weigh: 'responses' | 'tokens') =>
      advantagesOfGroups(made, { ...grpoSettings, responses: 2, weigh }).responses.map(({ numbers }) => numbers)
    expect([...(of('responses')[1]!.counts as Float32Array)]).toEqual([0.25, 0.25, 0.25, 0.25])
    expect([...(of('tokens')[1]!.counts as Float32Array)]).toEqual([1, 1, 1, 1])
    expect([...(of('tokens')[0]!.advantages as Float32Array)]).toEqual([0, 0, 0])
  })
})

describe('a batch of responses', () => {
  it('has the numbers of a token at the place before it, and 0 everywhere else', () => {
    const batch = makeTokenBatch(1, 8, ['counts', 'old'])
    const first = { ids: [5, 6, 7, 8], prompt: 2, numbers: { counts: [1, 1], old: [-1, -2] } }
    const second = { ids: [9, 4], prompt: 1, numbers: { counts: [1], old: [-3] } }
    batch.fill([first, second], 3)
    expect([...batch.feeds.old!.data]).toEqual([0, -1, -2, 0, -3, 0, 0, 0])
    expect([...batch.feeds.counts!.data]).toEqual([0, 1, 1, 0, 1, 0, 0, 0])
    expect([...batch.feeds.targets!.data].slice(1, 3)).toEqual([7, 8])
    expect([...batch.feeds.total!.data]).toEqual([3])
  })
})

const model = architecture('llama', sizes)
const base = (() => {
  const { weights } = bind(model.graph, { batch: 1, time: 8, vocab: sizes.vocab })
  const slots = layOut(weights)
  const flat = new Float32Array(spanOf(slots))
  initialize(weights, slots, flat, 1)
  return views(slots, flat)
})()

const settings: PolicyTask['settings'] = {
  steps: 40,
  rollouts: 16,
  epochs: 2,
  minibatches: 2,
  max_tokens: 8,
  temperature: 1,
  optimizer: { lr: 1e-2, betas: [0.9, 0.95], eps: 1e-5, weight_decay: 0 },
  schedule: { call: 'constant', warmup: 2 },
  clip_norm: 1,
  seed: 1,
}

/** The reward of a rollout, from the words of `decode`. */
function rewardOf({ prompt, text }: { readonly prompt: string; readonly text: string }): number {
  const ids = `${prompt} ${text}`.trim().split(' ').map(Number)
  return rewardOfIds(ids)
}

function rewardOfIds(ids: readonly number[]): number {
  const said = ids.slice(3)
  return said.filter((id) => id >= 97 && id < 113).length / Math.max(1, said.length)
}

/** A policy that is rewarded for the share of `a` to `p` in what it says. */
function train(method: PolicyMethod, change: Partial<PolicyTask> = {}) {
  return trainPolicy(
    {
      model,
      weights: base,
      vocab: sizes.vocab,
      prompts: Array.from({ length: 10 }, (_, i) => [60 + i, 61, 62].slice(0, 1 + (i % 3))),
      stop: [10, 11, 12, 13],
      score: async (sequences) => Float64Array.from(sequences, (ids) => rewardOfIds(Array.from(ids))),
      decode: (ids) => Array.from(ids).join(' '),
      settings,
      hints: { checkpoint_every: 1e9, log_every: 1 },
      engine,
      threads: 1,
      work: scratch(),
      signal: new AbortController().signal,
      emit: () => {},
      ...change,
    },
    method,
  )
}

describe.each([
  ['PPO', () => ppo({ ...ppoSettings, kl: { call: 'fixed', beta: 0.001 }, missing_end_penalty: 0 })],
  ['GRPO', () => grpo({ ...grpoSettings, beta: 0.001, missing_end_penalty: 0 })],
])('%s', (_, method) => {
  it('comes to be rewarded more', async () => {
    const first: Record<string, number> = {}
    const emit: PolicyTask['emit'] = (event) => {
      if (event.event === 'metric' && event.step === 1) Object.assign(first, event)
    }
    const trained = await train(method(), { emit })
    expect(trained.last.reward).toBeGreaterThan(trained.first.reward + 0.2)
    expect(trained.last.kl).toBeGreaterThan(0.1)
    // The policy that answers first is the reference itself.
    expect(first.kl).toBeCloseTo(0, 4)
    expect(trained.slots.map(({ name }) => name).filter((name) => name.startsWith('value_head'))).toEqual([])
  })

  it('shows four rollouts of each reported step, each with its reward', async () => {
    const shown: number[][] = []
    const means: number[] = []
    const emit: PolicyTask['emit'] = (event) => {
      if (event.event === 'metric') means.push(Number(event.reward))
      if (event.event !== 'sample') return
      const { prompt, text, reward = Number.NaN, more = [] } = event
      const all = [{ prompt, text, reward }, ...more]
      for (const each of all)
        expect([`${each.prompt} ${each.text}`, each.reward]).toEqual([`${each.prompt} ${each.text}`, rewardOf(each)])
      shown.push(all.map((each) => each.reward))
    }
    await train(method(), { emit, settings: { ...settings, steps: 2, rollouts: 4 } })
    expect(shown).toHaveLength(2)
    // Of four rollouts all are shown, so their mean is that of the step.
    for (const [i, rewards] of shown.entries())
      expect(rewards.reduce((sum, reward) => sum + reward, 0) / 4).toBeCloseTo(means[i]!, 6)
  })

  it('ends in the same bytes when it was interrupted, and on more threads', async () => {
    const undisturbed = await train(method())
    const work = scratch()
    for (const step of [3, 17]) {
      const stop = new AbortController()
      const emit: PolicyTask['emit'] = (event) => {
        if (event.event === 'progress' && event.done === step) stop.abort()
      }
      await expect(train(method(), { work, signal: stop.signal, emit })).rejects.toThrow(Interrupted)
    }
    expect(await train(method(), { work })).toEqual(undisturbed)
    expect(await train(method(), { threads: 2 })).toEqual(undisturbed)
  })

  it('continues from the state of fewer steps, and ends with the same bytes', async () => {
    const work = scratch()
    const some = await train(method(), { work, keepState: 15, settings: { ...settings, steps: 15 } })
    const done: number[] = []
    const emit: PolicyTask['emit'] = (event) => {
      if (event.event === 'progress') done.push(event.done)
    }
    const more = await train(method(), { work: join(work, 'kept'), emit })
    expect(done[0]).toBe(16)
    expect(more).not.toEqual(some)
    expect(more).toEqual(await train(method()))
  })
})

it('a policy that has gone too far learns no further in that step', async () => {
  // The first minibatch is of the policy that answered; the second is beyond any bound.
  const once = { ...settings, steps: 1, minibatches: 1, epochs: 1 }
  const stopped = await train(ppo(ppoSettings), { settings: { ...once, epochs: 4, stop_kl: 1e-9 } })
  expect(stopped).toEqual(await train(ppo(ppoSettings), { settings: once }))
  expect(stopped).not.toEqual(await train(ppo(ppoSettings), { settings: { ...once, epochs: 4 } }))
})

it.each([
  ['PPO', () => ppo(ppoSettings)],
  ['GRPO', () => grpo({ ...grpoSettings, entropy_weight: 0.01 })],
])('%s learns at a temperature near 0 from a model that is sure of itself', async (_, method) => {
  const sure = Object.fromEntries(
    Object.entries(base).map(([name, tensor]) => [
      name,
      { dtype: 'float32', shape: tensor.shape, data: Float32Array.from(tensor.data, (x) => 20 * x) } as const,
    ]),
  )
  const cold = { ...settings, steps: 3, temperature: 0.02 }
  const made = method()
  const { parameters } = await train(made, { weights: sure, settings: cold })
  expect(parameters.every(Number.isFinite)).toBe(true)
})

it('a score that is not a number stops it', async () => {
  const score = async (sequences: readonly unknown[]) => sequences.map(() => Number.NaN)
  await expect(train(ppo(ppoSettings), { score })).rejects.toThrow('a score that is not a finite number')
})
