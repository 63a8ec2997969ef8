/** The kind `ppo`: aligns a model with a reward model by proximal policy optimization. */

import type { StageModule } from '../../core/stage.ts'
import type { Kind, StageServices } from '../shared/services.ts'
import { policyInputs, policyMetrics, policyOutput, policySettings } from './policy-settings.ts'
import { continuesWithMoreSteps, trainingResources, warmupDoubts } from './training-settings.ts'

export const ppo: Kind = {
  name: 'ppo',
  version: 2,
  summary: 'Aligns a model with a reward model, by proximal policy optimization.',
  documentation: `\`ppo(chat, reward: reward, on: prompts) { kl: adaptive(target: 6) }\`. At each step the policy answers \`rollouts\` prompts, the
reward model scores the answers, and the policy learns from them (Schulman et al. 2017, as Ziegler et al. 2019 and Huang et al. 2023
have it for language models). Each token's reward is −β times its log-probability's difference from that under the weights it began
as; the score is added at the last. Advantages are those of GAE, whitened; a value head beside the policy learns the returns, and is
not part of the weights that come out.

While it runs: \`reward\`, the mean score; \`kl\`, nats an answer; \`entropy\` and \`approximateKl\`, nats a token; \`clipFraction\`;
\`length\` and \`ended\`; \`explainedVariance\` of the values; \`beta\`. Metrics: \`reward\`, \`kl\`, \`length\` and \`ended\` over the last ten
steps, and \`first_reward\` over the first ten. More \`steps\` under \`constant\` or \`wsd\` go on with what is cached, as in \`pretrain\`.`,
  shape: 'stage',
  inputs: policyInputs,
  settings: {
    properties: policySettings(
      {
        kl: {
          description: 'What leaving the reference costs.',
          default: { call: 'adaptive', target: 6, start: 0.2, horizon: 10_000 },
          calls: {
            adaptive: {
              description:
                'A price that goes up where answers go further than the target, and down (Ziegler et al. 2019).',
              properties: {
                target: {
                  type: 'number',
                  exclusiveMinimum: 0,
                  default: 6,
                  description: 'The divergence it aims at, in nats an answer.',
                },
                start: { type: 'number', exclusiveMinimum: 0, default: 0.2, description: 'The price at first.' },
                horizon: {
                  type: 'integer',
                  minimum: 1,
                  default: 10_000,
                  unit: 'count',
                  description: 'Answers over which the price moves.',
                },
              },
            },
            fixed: {
              description: 'A price that stays.',
              positional: ['beta'],
              properties: {
                beta: { type: 'number', minimum: 0, default: 0.05, description: 'What a nat costs.' },
              },
            },
          },
        },
        gae: {
          description: 'How the advantage of a token is estimated (Schulman et al. 2016).',
          default: { call: 'gae', gamma: 1, lambda: 0.95 },
          calls: {
            gae: {
              description: 'Generalized advantage estimation.',
              properties: {
                gamma: {
                  type: 'number',
                  minimum: 0,
                  maximum: 1,
                  default: 1,
                  description: 'What a later reward is worth.',
                },
                lambda: {
                  type: 'number',
                  minimum: 0,
                  maximum: 1,
                  default: 0.95,
                  description: 'How far rewards are looked for before values are trusted.',
                },
              },
            },
          },
        },
        value_clip: {
          type: 'number',
          exclusiveMinimum: 0,
          default: 0.2,
          description: 'How far a value counts from what it was when the policy answered.',
        },
        value_weight: { type: 'number', minimum: 0, default: 0.1, description: 'What the loss of the values weighs.' },
        whiten_rewards: {
          type: 'boolean',
          default: false,
          description: "Whether a step's rewards are scaled to deviation 1.",
        },
      },
      { epochs: 4 },
    ),
  },
  positional: ['weights', 'on'],
  outputs: (call) => policyOutput(call, 'ppo'),
  metrics: policyMetrics,
  doubts: ({ params }) => warmupDoubts(params),
  memoryHelp: 'Lower `max_tokens`, the length of an answer, or `rollouts`, the answers of a step.',
  resources: trainingResources,
  continues: continuesWithMoreSteps,
  load: async (): Promise<StageModule<StageServices>> => import('./ppo.run.ts'),
}
