/** The kind `generate`: lets a model answer prompts. */

import { optionalTemplate, templateOfCall } from '../chat/template-setting.ts'
import { defineKind } from '../shared/define-kind.ts'
import { trainingResources, trainingSettings } from '../training/training-settings.ts'
import { maxTokensSetting, samplingSettings } from './sampling-settings.ts'

export const generate = defineKind({
  name: 'generate',
  version: 3,
  summary: 'Lets a model answer prompts, several times each.',
  documentation: `\`generate(chat, on: prompts) { responses: 4, temperature: 0.9 }\`. Each prompt is written by the chat template of the
weights; an answer ends with the template's end token, with \`max_tokens\` or with the context. What is drawn for an answer depends on
the seed and its place alone. Metrics: \`responses\`, \`tokens\`, \`mean_length\`, and \`ended\`, the share of answers that came to their end. All of them can be named by \`expect\`.`,
  inputs: {
    weights: { kinds: ['Weights'], description: 'The model that answers.' },
    on: { kinds: ['Prompts'], description: 'What it is asked.' },
  },
  settings: {
    template: optionalTemplate,
    responses: { type: 'integer', minimum: 1, default: 1, unit: 'count', description: 'Answers to each prompt.' },
    ...samplingSettings,
    max_tokens: maxTokensSetting(128),
    logprobs: {
      type: 'boolean',
      default: false,
      description: 'Whether each answer has the sum of the log-probabilities of its tokens, in nats.',
    },
    batch: { type: 'integer', minimum: 1, default: 32, unit: 'count', description: 'Answers written at once.' },
    seed: { type: 'integer', default: 1, description: 'Fixes what is drawn.' },
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
