/** Inputs, settings and outputs of the kinds that learn from rewards: ppo and grpo. */

import type { Misfit } from '../../../core/kind/kind.ts'
import type { InputSpec, SettingSchema } from '../../../core/kind/setting.ts'
import { inWords } from '../../../text/chat/template.ts'
import { maxTokensSetting } from '../../judging/sampling-settings.ts'
import type { KindCall } from '../../shared/define-kind.ts'
import {
  type Adaptation,
  type AdaptedCall,
  adaptationMetrics,
  freezeSetting,
  loraSetting,
  misfitOfAdaptation,
} from './adaptation-settings.ts'
import { adamwSetting, linearSchedule, normSetting, seedSetting, trainingSettings } from './training-settings.ts'

export const policyInputs = {
  weights: {
    kinds: ['Weights'],
    description: 'The policy to train, which is also the reference that it stays close to: a fine-tuned model.',
  },
  on: { kinds: ['Prompts'], description: 'The prompts that the policy answers.' },
  reward: { kinds: ['Reward'], description: 'The reward model that scores the answers.' },
} as const satisfies Readonly<Record<string, InputSpec>>

const count = (byDefault: number, description: string) =>
  ({ type: 'integer', minimum: 1, default: byDefault, unit: 'count', description }) as const satisfies SettingSchema

/** The settings before those of a method. */
export const rolloutSettings = (epochs: number) =>
  ({
    steps: count(200, 'The number of steps. In each, the policy answers prompts and learns from its answers.'),
    rollouts: count(64, 'The number of answers in a step.'),
    epochs: count(epochs, 'How many times the policy learns from the answers of a step.'),
    minibatches: count(1, 'The number of parts of the answers of a step, each with an update of the optimizer.'),
    max_tokens: maxTokensSetting(64),
    temperature: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 1,
      description: 'Divides the logits, both when the policy answers and when it learns.',
    },
  }) as const satisfies Readonly<Record<string, SettingSchema>>

/** The settings after those of a method. */
export const policySettings = {
  clip: {
    type: 'number',
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 0.2,
    description: 'The ratio of new to old probability is clipped to the range from 1 − clip to 1 + clip.',
  },
  entropy_weight: {
    type: 'number',
    minimum: 0,
    default: 0,
    description: 'The weight of the entropy of the policy, which the loss rewards.',
  },
  missing_end_penalty: {
    type: 'number',
    minimum: 0,
    default: 1,
    description: 'Subtracted from the score of an answer that was cut off before its end token.',
  },
  stop_kl: {
    type: 'number',
    exclusiveMinimum: 0,
    optional: true,
    description:
      'A step stops learning once the approximate KL divergence from the policy that answered exceeds this, in nats per token.',
  },
  optimizer: adamwSetting({ lr: 1e-5, eps: 1e-5, weight_decay: 0 }),
  schedule: linearSchedule,
  lora: loraSetting,
  freeze: freezeSetting,
  clip_norm: normSetting,
  seed: seedSetting('The seed of the prompts, the answers and the order.'),
  ...trainingSettings,
  log_every: { ...trainingSettings.log_every, default: 1 },
} as const satisfies Readonly<Record<string, SettingSchema>>

/** The metrics of the trained policy: those of the last steps, and the reward of the first ones. */
export const policyMetrics = ({ settings }: { readonly settings: Adaptation }) => [
  ...['reward', 'kl', 'length', 'ended', 'first_reward', 'parameters', 'prompts'],
  ...adaptationMetrics(settings),
]

type PolicyTypes = KindCall<typeof policyInputs, object>['inputs']

/** The type of the trained policy, or why the call is wrong. */
export function policyOutput(call: AdaptedCall & { readonly inputs: PolicyTypes }) {
  const { weights, reward } = call.inputs
  return misfitOf(weights, reward) ?? misfitOfAdaptation(call) ?? ([{ name: 'out', type: weights }] as const)
}

function misfitOf(weights: PolicyTypes['weights'], reward: PolicyTypes['reward']): Misfit | undefined {
  if (weights.template === undefined)
    return {
      code: 'invalid-setting',
      at: 'weights',
      message: 'These weights have no chat template: they do not know how a conversation is written',
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
      message: `The reward model was trained with ${inWords(reward.template)}, the policy with ${inWords(weights.template)}`,
      help: 'Train the reward model on the fine-tuned weights.',
    }
  return undefined
}
