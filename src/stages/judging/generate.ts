/** The kind `generate`: lets a model answer prompts. */

import { optionalTemplate, templateOfCall } from '../chat/template-setting.ts'
import { defineKind } from '../shared/define-kind.ts'
import { trainingResources, trainingSettings } from '../training/settings/training-settings.ts'
import { maxTokensSetting, samplingSettings } from './sampling-settings.ts'

export const generate = defineKind({
  name: 'generate',
  version: 3,
  summary: 'Generates answers of a model to prompts, several to each.',
  documentation: `\`generate(chat, on: prompts) { responses: 4, temperature: 0.9 }\`. The chat template of the weights renders each prompt.
An answer ends with the end token of the template, at \`max_tokens\` or at the end of the context. The random numbers of an answer depend only on
the seed and its place. Metrics: \`responses\`, \`tokens\`, \`mean_length\`, and \`ended\`, the share of answers that reached their end token. All of them can be named by \`expect\`.`,
  inputs: {
    weights: { kinds: ['Weights'], description: 'The model that answers.' },
    on: { kinds: ['Prompts'], description: 'The prompts to answer.' },
  },
  settings: {
    template: optionalTemplate,
    responses: {
      type: 'integer',
      minimum: 1,
      default: 1,
      unit: 'count',
      description: 'The number of answers to each prompt.',
    },
    ...samplingSettings,
    max_tokens: maxTokensSetting(128),
    logprobs: {
      type: 'boolean',
      default: false,
      description: 'Whether each answer records the sum of the log-probabilities of its tokens, in nats.',
    },
    batch: {
      type: 'integer',
      minimum: 1,
      default: 32,
      unit: 'count',
      description: 'The number of answers generated at once.',
    },
    seed: { type: 'integer', default: 1, description: 'The seed of the random numbers.' },
    engine: trainingSettings.engine,
  },
  positional: ['weights', 'on'],
  outputs(call) {
    const found = templateOfCall(call, 'generate')
    return 'code' in found ? found : [{ name: 'out', type: { kind: 'Answers' } }]
  },
  memoryHelp: 'Lower `batch`, the answers written at once, or `max_tokens`.',
  metrics: () => ['tokens', 'mean_length'],
  resources: trainingResources,
  load: () => import('./generate.run.ts'),
})
