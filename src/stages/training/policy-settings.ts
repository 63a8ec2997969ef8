/** What the kinds that learn from rewards share: ppo and grpo. */

import type { ArtefactType } from '../../core/artefact.ts'
import type { Misfit, TypedCall } from '../../core/kind.ts'
import type { InputSpec, SettingSchema } from '../../core/setting.ts'
import { inWords } from '../../text/chat/template.ts'
import { maxTokensSetting } from '../judging/sampling-settings.ts'
import { adamwSetting, normSetting, scheduleSetting, trainingSettings } from './training-settings.ts'

export const policyInputs: Readonly<Record<string, InputSpec>> = {
  weights: {
    kinds: ['Weights'],
    description: 'The policy as it begins, and the reference that it does not go far from: a fine-tuned model.',
  },
  on: { kinds: ['Prompts'], description: 'What it is asked.' },
  reward: { kinds: ['Reward'], description: 'The reward model that scores its answers.' },
}

const count = (usual: number, description: string): SettingSchema => ({
  type: 'integer',
  minimum: 1,
  default: usual,
  unit: 'count',
  description,
})

/** The settings of the loop, those of a method among them where people look for them. */
export function policySettings(
  method: Readonly<Record<string, SettingSchema>>,
  { epochs }: { readonly epochs: number },
): Readonly<Record<string, SettingSchema>> {
  return {
    steps: count(200, 'How many times it answers, and learns from its answers.'),
    rollouts: count(64, 'Answers of a step.'),
    epochs: count(epochs, 'How often it learns from the answers of a step.'),
    minibatches: count(1, 'The parts that the answers are learned from in, each with a step of the optimizer.'),
    max_tokens: maxTokensSetting(64),
    temperature: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 1,
      description: 'Logits are divided by it, when it answers and when it learns.',
    },
    ...method,
    clip: {
      type: 'number',
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      default: 0.2,
      description: 'How far the ratio of new to old probability counts: from 1 − clip to 1 + clip.',
    },
    entropy_weight: { type: 'number', minimum: 0, default: 0, description: 'What the entropy of the policy weighs.' },
    missing_end_penalty: {
      type: 'number',
      minimum: 0,
      default: 1,
      description: 'Taken from the score of an answer that was cut off before its end token.',
    },
    stop_kl: {
      type: 'number',
      exclusiveMinimum: 0,
      optional: true,
      description:
        'A step learns no further once the approximate KL from the policy that answered is larger, in nats a token.',
    },
    optimizer: adamwSetting({ lr: 1e-5, eps: 1e-5, weight_decay: 0 }),
    schedule: { ...scheduleSetting, default: { call: 'linear', warmup: 0, floor: 0 } },
    clip_norm: normSetting,
    seed: { type: 'integer', default: 1, description: 'Fixes the prompts, the answers and the order.' },
    ...trainingSettings,
    log_every: { ...trainingSettings.log_every, default: 1 },
  }
}

/** The type of the trained policy; or what of policy and reward model does not fit. */
/** The metrics of the aligned weights: those of the last steps, and the reward of the first ones. */
export const policyMetrics = () => ['reward', 'kl', 'length', 'ended', 'first_reward', 'parameters', 'prompts']

export function policyOutput(call: TypedCall, kind: string): readonly { name: string; type: ArtefactType }[] | Misfit {
  const weights = call.inputs.weights![0]!
  const reward = call.inputs.reward![0]!
  if (weights.kind !== 'Weights' || reward.kind !== 'Reward')
    throw new Error(`${kind} was checked with other artefacts`)
  if (weights.template === undefined)
    return {
      code: 'invalid-setting',
      at: 'weights',
      message: `These weights have no chat template: they do not know how a conversation is written`,
      help: 'Fine-tune them first: `sft(…, template: chatml)`.',
    }
  if (weights.tokenizer !== reward.tokenizer)
    return {
      code: 'tokenizer-mismatch',
      at: 'reward',
      other: 'weights',
      message: `The reward model reads tokens of \`${reward.tokenizer}\`, the policy writes those of \`${weights.tokenizer}\``,
      help: 'Train the reward model on weights with the same tokenizer.',
    }
  if (reward.template !== undefined && weights.template !== reward.template)
    return {
      code: 'template-mismatch',
      at: 'reward',
      other: 'weights',
      message: `The reward model was trained with ${inWords(reward.template)}, the policy with ${weights.template}`,
      help: 'Train the reward model on the fine-tuned weights.',
    }
  return [{ name: 'out', type: weights }]
}
