/** PPO and GRPO: their losses and gradients against TensorFlow.js, what they make of rollouts, learning, and resuming. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/core/values/random.ts'
import { differentiate } from '../../../src/model/gradients/differentiate.ts'
import { advantagesOfGroups, groupAdvantages } from '../../../src/train/loops/grpo.ts'
import { withGrpoLoss, withPpoLoss } from '../../../src/train/loops/policy/loss.ts'
import type { Rollout } from '../../../src/train/loops/policy/rollouts.ts'
import { makeTokenBatch } from '../../../src/train/loops/policy/token-batch.ts'
import { advantagesAndReturns } from '../../../src/train/loops/ppo.ts'
import { freely, run } from '../free-model.ts'
import { grpoSettings, ppoSettings } from './policy-settings.ts'

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
