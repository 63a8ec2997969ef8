/** The kind `grpo`: aligns a model with a reward model by group relative policy optimization. */

import { defineKind } from '../shared/define-kind.ts'
import {
  policyInputs,
  policyMetrics,
  policyOutput,
  policySettings,
  rolloutSettings,
} from './settings/policy-settings.ts'
import { continuesWithMoreSteps, trainingResources, warmupDoubts } from './settings/training-settings.ts'

export const grpo = defineKind({
  name: 'grpo',
  version: 3,
  summary: 'Aligns a model with a reward model, by group relative policy optimization.',
  documentation: `\`grpo(chat, reward: reward, on: prompts) { responses: 8 }\`. Like \`ppo\`, but without values: the policy answers each prompt several
times, and the advantage of an answer is how much better its score is than those of its group (Shao et al. 2024). The divergence from
the reference is part of the loss, \`beta\` times the k3 estimate.

Reports and metrics are those of \`ppo\`, and \`divergence\`, in nats per token.`,
  inputs: policyInputs,
  settings: {
    ...rolloutSettings(1),
    responses: {
      type: 'integer',
      minimum: 2,
      default: 8,
      unit: 'count',
      description: 'The number of answers to each prompt; `rollouts` must be a multiple of it.',
    },
    beta: {
      type: 'number',
      minimum: 0,
      default: 0.04,
      description: 'The weight of the divergence from the reference.',
    },
    scale_rewards: {
      type: 'boolean',
      default: true,
      description:
        'Whether advantages are divided by the standard deviation of the scores of their group; Liu et al. 2025 do not divide them.',
    },
    weigh: {
      type: 'string',
      enum: ['responses', 'tokens'],
      default: 'responses',
      description: 'Whether each answer has the same weight, as in the paper, or each token (Yu et al. 2025).',
    },
    ...policySettings,
  },
  positional: ['weights', 'on'],
  outputs(call) {
    const { rollouts, responses } = call.settings
    if (rollouts % responses === 0) return policyOutput(call)
    return {
      code: 'invalid-setting',
      at: 'rollouts',
      other: 'responses',
      message: `rollouts is ${rollouts}, which is not a multiple of the ${responses} answers to each prompt`,
      help: `Make it a multiple: ${Math.max(1, Math.round(rollouts / responses)) * responses}.`,
    }
  },
  metrics: policyMetrics,
  doubts: ({ settings }) => warmupDoubts(settings),
  memoryHelp:
    'Lower `max_tokens`, the length of an answer, or `rollouts`, the answers of a step; or learn an adapter: `lora: lora(rank: 8)`.',
  resources: trainingResources,
  continues: continuesWithMoreSteps,
  load: () => import('./grpo.run.ts'),
})
