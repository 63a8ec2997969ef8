/** The kind `ppo`: aligns a model with a reward model by proximal policy optimization. */

import { defineKind } from '../shared/define-kind.ts'
import { misfitOfHead } from './checks/head-misfit.ts'
import {
  policyInputs,
  policyMetrics,
  policyOutput,
  policySettings,
  rolloutSettings,
} from './settings/policy-settings.ts'
import { continuesWithMoreSteps, trainingResources, warmupDoubts } from './settings/training-settings.ts'

export const ppo = defineKind({
  name: 'ppo',
  version: 3,
  summary: 'Aligns a model with a reward model, by proximal policy optimization.',
  documentation: `\`ppo(chat, reward: reward, on: prompts) { kl: adaptive(target: 6) }\`. In each step the policy answers \`rollouts\` prompts, the
reward model scores the answers, and the policy learns from them (Schulman et al. 2017; for language models Ziegler et al. 2019 and
Huang et al. 2023). The reward of a token is −β times the difference of its log-probability under the policy and under the reference, the
weights before the training; the last token gets the score too. Advantages are those of GAE, whitened. A value head beside the policy
learns the returns, and is not part of the trained weights.

Reports: \`reward\`, the mean score; \`kl\`, in nats per answer; \`entropy\` and \`approximateKl\`, in nats per token; \`clipFraction\`;
\`length\` and \`ended\`; \`explainedVariance\` of the values; \`beta\`. Metrics: \`reward\`, \`kl\`, \`length\` and \`ended\` over the last ten
steps, and \`first_reward\` over the first ten. More \`steps\` under \`constant\` or \`wsd\` continue the cached training, as in \`pretrain\`.`,
  inputs: policyInputs,
  settings: {
    ...rolloutSettings(4),
    kl: {
      description: 'The penalty of divergence from the reference.',
      default: { call: 'adaptive', target: 6, start: 0.2, horizon: 10_000 },
      calls: {
        adaptive: {
          description:
            'A penalty that rises when answers diverge more than the target, and falls when they diverge less (Ziegler et al. 2019).',
          properties: {
            target: {
              type: 'number',
              exclusiveMinimum: 0,
              default: 6,
              description: 'The divergence to reach, in nats per answer.',
            },
            start: { type: 'number', exclusiveMinimum: 0, default: 0.2, description: 'The penalty at first.' },
            horizon: {
              type: 'integer',
              minimum: 1,
              default: 10_000,
              unit: 'count',
              description: 'The number of answers over which the penalty adapts.',
            },
          },
        },
        fixed: {
          description: 'A constant penalty.',
          positional: ['beta'],
          properties: {
            beta: { type: 'number', minimum: 0, default: 0.05, description: 'The penalty of a nat.' },
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
              description: 'The discount of later rewards.',
            },
            lambda: {
              type: 'number',
              minimum: 0,
              maximum: 1,
              default: 0.95,
              description: 'The balance of rewards (1) and of estimated values (0).',
            },
          },
        },
      },
    },
    value_clip: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 0.2,
      description: 'A value is clipped to this distance from the value when the policy answered.',
    },
    value_weight: {
      type: 'number',
      minimum: 0,
      default: 0.1,
      description: 'The weight of the loss of the values.',
    },
    whiten_rewards: {
      type: 'boolean',
      default: false,
      description: 'Whether the rewards of a step are scaled to standard deviation 1.',
    },
    ...policySettings,
  },
  positional: ['weights', 'on'],
  outputs: (call) => misfitOfHead(call) ?? policyOutput(call),
  metrics: policyMetrics,
  doubts: ({ settings }) => warmupDoubts(settings),
  memoryHelp:
    'Lower `max_tokens`, the length of an answer, or `rollouts`, the answers of a step; or learn an adapter: `lora: lora(rank: 8)`.',
  resources: trainingResources,
  continues: continuesWithMoreSteps,
  load: () => import('./ppo.run.ts'),
})
