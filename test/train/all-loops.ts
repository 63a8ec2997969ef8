/** Every training loop, small enough for a test, on any engine. */

import { loadEngine } from '../../src/engine/load.ts'
import { dpo } from '../../src/train/loops/dpo.ts'
import { type GrpoSettings, grpo } from '../../src/train/loops/grpo.ts'
import { trainPolicy } from '../../src/train/loops/policy/loop.ts'
import type { Scorer } from '../../src/train/loops/policy/rollouts.ts'
import { type PpoSettings, ppo } from '../../src/train/loops/ppo.ts'
import { trainReward } from '../../src/train/loops/reward.ts'
import { sft } from '../../src/train/loops/sft.ts'
import type { TuningTask } from '../../src/train/step/task.ts'
import type { LearnedSettings } from '../../src/train/weights/learned.ts'
import { randomWeights } from './random-weights.ts'
import { architecture, train as pretrain, scratch, sizes } from './small.ts'

export const onnx = await loadEngine('onnx')
export const model = architecture('llama', sizes)
export const weights = randomWeights(model, sizes.vocab, 1, 1)

const optimizer = { lr: 3e-3, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0 } as const
const settings = {
  optimizer,
  schedule: { call: 'constant', warmup: 0 },
  clip: 1,
  seed: 1,
  batch: 4,
} as const

export type Common = Omit<TuningTask<never>, 'settings'>

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
export const group: GrpoSettings = {
  ...{ temperature: 1, clip: 0.2, entropy_weight: 0, responses: 2, beta: 0.04, scale_rewards: true },
  weigh: 'responses',
  missing_end_penalty: 1,
}

export const pricing: PpoSettings = {
  ...{ temperature: 1, clip: 0.2, entropy_weight: 0.01, value_clip: 0.2, value_weight: 0.5, missing_end_penalty: 1 },
  kl: { call: 'adaptive', target: 6, start: 0.15, horizon: 100 },
  gae: { gamma: 1, lambda: 0.95 },
  whiten_rewards: false,
}

/** A loop of `steps` steps, an even number. */
export type Loop = (common: Common, steps: number) => Promise<unknown>

/** A loop that starts from weights, and learns all of them, some, or an adapter. */
export type TuningLoop = (common: Common, steps: number, learned?: LearnedSettings) => Promise<unknown>

/** A scorer that no model computes. */
export function scorerOf(score: (ids: readonly number[]) => number): Scorer {
  return {
    score: async (sequences) => Float64Array.from(sequences, (ids) => score(Array.from(ids))),
    dispose: async () => {},
  }
}

/** A policy learns to answer with the tokens below 64. */
export const policyLoop =
  (
    method: Parameters<typeof trainPolicy>[1],
    prompts: readonly (readonly number[])[] = [[60], [61, 62], [63]],
  ): TuningLoop =>
  (common, steps, learned) =>
    trainPolicy(
      {
        ...common,
        settings: { ...settings, optimizer: gentle, epochs: 2, steps, ...answering, ...learned },
        prompts,
        stop: [10],
        scorer: async () => scorerOf((ids) => ids.filter((id) => id < 64).length),
        decode: (ids) => Array.from(ids).join(' '),
      },
      method,
    )
/** With a larger rate, or a smaller ε, the rounding of gradients that are almost 0 would decide where a policy goes. */
const gentle = { ...optimizer, lr: 3e-4, eps: 1e-5 }
const answering = { rollouts: 4, minibatches: 2, max_tokens: 4, temperature: 1, clip_norm: 1 }

/** Every loop that starts from weights. */
export const tuningLoops: Readonly<Record<string, TuningLoop>> = {
  sft: (common, steps, learned) =>
    sft({
      ...common,
      settings: { ...settings, epochs: steps / 2, ...learned },
      train: conversations,
      heldOut: conversations.slice(0, 2),
    }),
  reward: (common, steps, learned) =>
    trainReward({
      ...common,
      settings: {
        ...{ ...settings, epochs: steps / 2, loss: 'bradley_terry', margin: 0, centring: 0.01, normalize: true },
        ...learned,
      },
      train: rankings,
      heldOut: rankings.slice(0, 2),
    }),
  dpo: (common, steps, learned) =>
    dpo({
      ...common,
      settings: { ...settings, epochs: steps / 2, beta: 0.1, loss: 'bradley_terry', ...learned },
      train: rankings,
      heldOut: rankings.slice(0, 2),
    }),
  ppo: policyLoop(ppo(pricing)),
  grpo: policyLoop(grpo(group)),
}

const lora = { rank: 2, alpha: 4, targets: ['q', 'v'] }

/** Every loop, those that start from weights also with an adapter. Its result shows which weights it ended in. */
export const loops: Readonly<Record<string, Loop>> = {
  pretrain: ({ engine, work, hints, signal, emit }, steps) =>
    pretrain({ engine, work, hints, signal, emit, settings: { steps, accumulate: 2 } }),
  ...tuningLoops,
  ...Object.fromEntries(
    Object.entries(tuningLoops).map(([name, loop]): [string, Loop] => [
      `${name} with an adapter`,
      (common, steps) => loop(common, steps, { lora }),
    ]),
  ),
}

/** The fields that the tasks of all loops share. */
export function commonOf(change: Partial<Common>): Common {
  return {
    ...{ model, weights, vocab: sizes.vocab, engine: onnx, threads: 1, work: scratch() },
    hints: { checkpoint_every: 1e9, log_every: 1 },
    signal: new AbortController().signal,
    emit: () => {},
    ...change,
  }
}
