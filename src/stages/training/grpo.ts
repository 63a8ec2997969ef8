/** The kind `grpo`: aligns a model with a reward model by group relative policy optimization. */

import type { StageModule } from '../../core/stage.ts'
import type { Kind, StageServices } from '../shared/services.ts'
import { policyInputs, policyMetrics, policyOutput, policySettings } from './policy-settings.ts'
import { continuesWithMoreSteps, trainingResources, warmupDoubts } from './training-settings.ts'

export const grpo: Kind = {
  name: 'grpo',
  version: 2,
  summary: 'Aligns a model with a reward model, by group relative policy optimization.',
  documentation: `\`grpo(chat, reward: reward, on: prompts) { responses: 8 }\`. As \`ppo\`, but without values: the policy answers each prompt several
times, and the advantage of an answer is how much better its score is than those of its group (Shao et al. 2024). The divergence from
the weights it began as is part of the loss, \`beta\` times the k3 estimate.

Reports and metrics are those of \`ppo\`, and \`divergence\`, nats a token.`,
  shape: 'stage',
  inputs: policyInputs,
  settings: {
    properties: policySettings(
      {
        responses: {
          type: 'integer',
          minimum: 2,
          default: 8,
          unit: 'count',
          description: 'Answers to each prompt; `rollouts` is a multiple of it.',
        },
        beta: {
          type: 'number',
          minimum: 0,
          default: 0.04,
          description: 'What the divergence from the reference weighs.',
        },
        scale_rewards: {
          type: 'boolean',
          default: true,
          description:
            "Whether advantages are divided by the deviation of their group's scores; Liu et al. 2025 do not.",
        },
        weigh: {
          type: 'string',
          enum: ['responses', 'tokens'],
          default: 'responses',
          description: 'Whether each answer weighs the same, as in the paper, or each token (Yu et al. 2025).',
        },
      },
      { epochs: 1 },
    ),
  },
  positional: ['weights', 'on'],
  outputs(call) {
    const { rollouts, responses } = call.params as Record<string, number>
    if (rollouts! % responses! !== 0)
      return {
        code: 'invalid-setting',
        at: 'rollouts',
        other: 'responses',
        message: `rollouts is ${rollouts}, which ${responses} answers to each prompt do not divide`,
        help: `Make it a multiple: ${Math.max(1, Math.round(rollouts! / responses!)) * responses!}.`,
      }
    return policyOutput(call, 'grpo')
  },
  metrics: policyMetrics,
  doubts: ({ params }) => warmupDoubts(params),
  memoryHelp: 'Lower `max_tokens`, the length of an answer, or `rollouts`, the answers of a step.',
  resources: trainingResources,
  continues: continuesWithMoreSteps,
  load: async (): Promise<StageModule<StageServices>> => import('./grpo.run.ts'),
}
