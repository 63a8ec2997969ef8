/** Training by PPO and GRPO: more reward, and the same bytes after interruptions and more steps. */

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Interrupted } from '../../../src/core/failure.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { spanOf } from '../../../src/engine/training-session.ts'
import { bind } from '../../../src/model/bind.ts'
import { grpo } from '../../../src/train/loops/grpo.ts'
import { type PolicyMethod, type PolicyTask, trainPolicy } from '../../../src/train/loops/policy/loop.ts'
import { ppo } from '../../../src/train/loops/ppo.ts'
import { initialize } from '../../../src/train/weights/initialize.ts'
import { layOut, views } from '../../../src/train/weights/parameters.ts'
import { scorerOf } from '../all-loops.ts'
import { architecture, scratch, sizes } from '../small.ts'
import { grpoSettings, ppoSettings } from './policy-settings.ts'

const engine = await loadEngine('onnx')

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
      scorer: async () => scorerOf(rewardOfIds),
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
    expect(Object.keys(trained.tensors).filter((name) => name.startsWith('value_head'))).toEqual([])
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
  const { tensors } = await train(made, { weights: sure, settings: cold })
  for (const { data } of Object.values(tensors)) expect(data.every(Number.isFinite)).toBe(true)
})

it('a score that is not a number stops it', async () => {
  const scorer = async () => scorerOf(() => Number.NaN)
  await expect(train(ppo(ppoSettings), { scorer })).rejects.toThrow('a score that is not a finite number')
})
