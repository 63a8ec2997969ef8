/** The kind `dpo`: aligns a model with rankings directly. */

import type { ArtefactType } from '../../core/artefact.ts'
import type { StageModule } from '../../core/stage.ts'
import { templateOfCall, templateSetting } from '../chat/template-setting.ts'
import type { Kind, StageServices } from '../shared/services.ts'
import { maxLengthSetting } from './lengths.ts'
import { adamwSetting, normSetting, scheduleSetting, trainingResources, trainingSettings } from './training-settings.ts'

export const dpo: Kind = {
  name: 'dpo',
  version: 2,
  summary: 'Aligns a model with rankings directly, without a reward model.',
  documentation: `\`dpo(chat, on: rankings) { beta: 0.1 }\`. The model learns to make better answers likelier than worse ones, compared with the
model it began as (Rafailov et al. 2023): the loss of a pair is −log σ(β·Δ), where Δ is by how much more the better answer's
log-probability rose than the worse one's. Longer rankings are learned as all their pairs, or by Plackett and Luce's model.
Ties are not compared, and every ranking weighs the same.

A share of the prompts, \`held_out\`, is kept aside with all their rankings. Metrics: \`accuracy\`, over pairs whether the better answer's
log-probability rose more, with \`accuracy_low\` and \`accuracy_high\`; \`valid_loss\`, which is ln 2 before anything is learned; \`margin\`,
the mean β·Δ; \`train_accuracy\` and \`train_loss\`.`,
  shape: 'stage',
  inputs: {
    weights: {
      kinds: ['Weights'],
      description: 'The model as it begins, and the reference: one fine-tuned on answers like these.',
    },
    on: { kinds: ['Rankings'], description: 'The rankings to learn from.' },
  },
  settings: {
    properties: {
      template: { ...templateSetting, optional: true, description: 'The chat template, for weights that have none.' },
      beta: {
        type: 'number',
        exclusiveMinimum: 0,
        default: 0.1,
        description: 'How close it stays to the model it began as: the larger, the closer.',
      },
      epochs: {
        type: 'integer',
        minimum: 1,
        default: 1,
        unit: 'count',
        description: 'How often it sees each ranking.',
      },
      batch: { type: 'integer', minimum: 1, default: 16, unit: 'count', description: 'Rankings of a step.' },
      loss: {
        type: 'string',
        enum: ['bradley_terry', 'plackett_luce'],
        default: 'bradley_terry',
        description: 'What is compared: all pairs, or each answer with all worse ones. The same for rankings of two.',
      },
      held_out: {
        type: 'number',
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0.1,
        unit: 'fraction',
        description: 'The share of the prompts that is not learned from, but measured on.',
      },
      too_long: {
        type: 'string',
        enum: ['drop', 'cut_start'],
        default: 'drop',
        description:
          'What becomes of an answer that does not fit with its prompt: it is left out, or the beginning of the prompt is cut off.',
      },
      max_length: maxLengthSetting,
      optimizer: adamwSetting({ lr: 1e-6, eps: 1e-8, weight_decay: 0 }),
      schedule: { ...scheduleSetting, default: { call: 'linear', warmup: 0, floor: 0 } },
      clip: normSetting,
      seed: { type: 'integer', default: 1, description: 'Fixes the split and the order.' },
      ...trainingSettings,
    },
  },
  positional: ['weights', 'on'],
  outputs(call) {
    const found = templateOfCall(call, 'dpo')
    if ('code' in found) return found
    return [{ name: 'out', type: { ...call.inputs.weights![0]!, ...found } as ArtefactType }]
  },
  metrics: ({ params }) => [
    ...(params.held_out === 0 ? [] : ['accuracy', 'accuracy_low', 'accuracy_high', 'valid_loss', 'held_out_pairs']),
    ...['margin', 'train_accuracy', 'train_loss', 'train_pairs', 'parameters'],
  ],
  memoryHelp: 'Lower `max_length`: memory goes by the longest answer.',
  resources: trainingResources,
  load: async (): Promise<StageModule<StageServices>> => import('./dpo.run.ts'),
}
