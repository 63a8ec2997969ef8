/** Training loops on an engine that keeps weights, optimizer and keys and values itself: they never touch weights on the host. */

import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Interrupted } from '../../../src/core/failure.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { dpo } from '../../../src/train/loops/dpo.ts'
import { type GrpoSettings, grpo } from '../../../src/train/loops/grpo.ts'
import { trainPolicy } from '../../../src/train/loops/policy/loop.ts'
import { trainReward } from '../../../src/train/loops/reward.ts'
import { sft } from '../../../src/train/loops/sft.ts'
import type { TuningTask } from '../../../src/train/step/task.ts'
import { device } from '../../engine/device.ts'
import { randomWeights } from '../random-weights.ts'
import { architecture, train as pretrain, scratch, sizes } from '../small.ts'

const onnx = await loadEngine('onnx')
const model = architecture('llama', sizes)
const weights = randomWeights(model, sizes.vocab, 1, 1)

const optimizer = { lr: 3e-3, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0 } as const
const settings = {
  optimizer,
  schedule: { call: 'constant', warmup: 0 },
  clip: 1,
  seed: 1,
  epochs: 2,
  batch: 4,
} as const

type Common = Omit<TuningTask<never>, 'settings'>

const rankings = Array.from({ length: 8 }, (_, i) => {
  const prompt = [60 + i, 61]
  return {
    sequences: [
      [...prompt, 97, 10],
      [...prompt, 100 + i, 10],
    ],
    prompts: [2, 2],
    ranks: [1, 2],
  }
})
const conversations = Array.from({ length: 8 }, (_, i) => {
  const ids = Uint32Array.of(40 + i, 60, 60, 10)
  return { ids, mask: Uint8Array.of(0, 0, 1, 1), learned: 2 }
})
const group: GrpoSettings = {
  ...{ temperature: 1, clip: 0.2, entropy_weight: 0, responses: 2, beta: 0.04, scale_rewards: true },
  weigh: 'responses',
  missing_end_penalty: 1,
}

/** Each loop, short: what it returns says which weights it ended in. */
const loops: Readonly<Record<string, (common: Common) => Promise<unknown>>> = {
  pretrain: ({ engine, work, signal, emit }) => pretrain({ engine, work, signal, emit, settings: { steps: 4 } }),
  sft: (common) => sft({ ...common, settings, train: conversations, heldOut: conversations.slice(0, 2) }),
  reward: (common) =>
    trainReward({
      ...common,
      settings: { ...settings, loss: 'bradley_terry', margin: 0, centring: 0.01, normalize: true },
      train: rankings,
      heldOut: rankings.slice(0, 2),
    }),
  dpo: (common) =>
    dpo({
      ...common,
      settings: { ...settings, beta: 0.1, loss: 'bradley_terry' },
      train: rankings,
      heldOut: rankings.slice(0, 2),
    }),
  policy: (common) =>
    trainPolicy(
      {
        ...common,
        settings: { ...settings, steps: 4, rollouts: 4, minibatches: 2, max_tokens: 4, temperature: 1, clip_norm: 1 },
        prompts: [[60], [61, 62], [63]],
        stop: [10],
        score: async (sequences) =>
          Float64Array.from(sequences, (ids) => Array.from(ids).filter((id) => id < 64).length),
        decode: (ids) => Array.from(ids).join(' '),
      },
      grpo(group),
    ),
}

function commonOf(change: Partial<Common>): Common {
  return {
    ...{ model, weights, vocab: sizes.vocab, engine: onnx, threads: 1, work: scratch() },
    hints: { checkpoint_every: 1e9, log_every: 1 },
    signal: new AbortController().signal,
    emit: () => {},
    ...change,
  }
}

describe.each(Object.entries(loops))('%s', (name, loop) => {
  it('ends in the same weights as on the host, which it copies once from there and once to it', async () => {
    const { engine, calls } = device(onnx)
    expect(await loop(commonOf({ engine }))).toEqual(await loop(commonOf({})))
    // The initial weights are made on the host.
    expect(calls).toMatchObject({ reads: 1, fills: 1 })
    expect(calls.batches).toBeGreaterThanOrEqual(4)
    expect(calls.updates).toBeGreaterThanOrEqual(4)
    expect(calls.ahead).toBe(calls.batches)
    // Only sft's base and the policy's reference are weights of the host.
    expect(calls.fed > 0).toBe(name === 'sft' || name === 'policy')
    expect(calls.memories > 0).toBe(name === 'pretrain' || name === 'policy')
  })

  it('resumes on the device from a checkpoint, to the same weights', async () => {
    const { engine, calls } = device(onnx)
    const work = scratch()
    const stop = new AbortController()
    const emit: Common['emit'] = (event) => {
      if (event.event === 'progress' && event.done === 2) stop.abort()
    }
    await expect(loop(commonOf({ engine, work, signal: stop.signal, emit }))).rejects.toThrow(Interrupted)
    expect(readdirSync(work)).toEqual(['step-2.safetensors'])
    // The session writes its checkpoints itself.
    expect(calls).toMatchObject({ reads: 0, fills: 1 })
    expect(await loop(commonOf({ engine, work }))).toEqual(await loop(commonOf({})))
    expect(calls).toMatchObject({ reads: 1, fills: 1 })
  })
})
