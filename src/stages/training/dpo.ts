/** The kind `dpo`: aligns a model with rankings directly. */

import { optionalTemplate, templateOfCall } from '../chat/template-setting.ts'
import { defineKind } from '../shared/define-kind.ts'
import { maxLengthSetting } from './examples/lengths.ts'
import { adaptationMetrics, freezeSetting, loraSetting, misfitOfAdaptation } from './settings/adaptation-settings.ts'
import { answerTooLongSetting, preferenceLossSetting } from './settings/preference-settings.ts'
import {
  adamwSetting,
  batchSetting,
  epochsSetting,
  heldOutSetting,
  linearSchedule,
  normSetting,
  seedSetting,
  trainingResources,
  trainingSettings,
} from './settings/training-settings.ts'

export const dpo = defineKind({
  name: 'dpo',
  version: 3,
  summary: 'Aligns a model with rankings directly, without a reward model.',
  documentation: `\`dpo(chat, on: rankings) { beta: 0.1 }\`. The model learns to make better answers more likely than worse ones, compared with the
reference, the model as it was before the training (Rafailov et al. 2023). The loss of a pair is −log σ(β·Δ), where Δ is how much more the
log-probability of the better answer rose than that of the worse one. Longer rankings are learned as all their pairs, or by the model of
Plackett and Luce. Ties are not compared, and every ranking has the same weight.

A share of the prompts, \`held_out\`, is kept aside with all their rankings. Metrics: \`accuracy\`, the share of the held-out pairs whose
better answer gained more log-probability, with \`accuracy_low\` and \`accuracy_high\`; \`valid_loss\`, which is ln 2 before the training;
\`margin\`, the mean β·Δ; \`train_accuracy\` and \`train_loss\`.`,
  inputs: {
    weights: {
      kinds: ['Weights'],
      description: 'The model to align, which is also the reference: a model fine-tuned on similar answers.',
    },
    on: { kinds: ['Rankings'], description: 'The rankings to learn from.' },
  },
  settings: {
    template: optionalTemplate,
    beta: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 0.1,
      description: 'How close the model stays to the reference: the larger, the closer.',
    },
    epochs: epochsSetting(1, 'How many times the model learns from each ranking.'),
    batch: batchSetting('The number of rankings in a step.'),
    loss: preferenceLossSetting,
    held_out: heldOutSetting(0.1, 'The share of the prompts that is measured on and not learned from.'),
    too_long: answerTooLongSetting,
    max_length: maxLengthSetting,
    optimizer: adamwSetting({ lr: 1e-6, eps: 1e-8, weight_decay: 0 }),
    schedule: linearSchedule,
    lora: loraSetting,
    freeze: freezeSetting,
    clip: normSetting,
    seed: seedSetting('The seed of the split and the order.'),
    ...trainingSettings,
  },
  positional: ['weights', 'on'],
  outputs(call) {
    const found = templateOfCall(call, 'dpo')
    if ('code' in found) return found
    return misfitOfAdaptation(call) ?? [{ name: 'out', type: { ...call.inputs.weights, ...found } }]
  },
  metrics: ({ settings }) => [
    ...(settings.held_out === 0 ? [] : ['accuracy', 'accuracy_low', 'accuracy_high', 'valid_loss', 'held_out_pairs']),
    ...['margin', 'train_accuracy', 'train_loss', 'train_pairs', 'parameters'],
    ...adaptationMetrics(settings),
  ],
  memoryHelp: 'Lower `max_length`, or learn an adapter instead of all weights: `lora: lora(rank: 8)`.',
  resources: trainingResources,
  load: () => import('./dpo.run.ts'),
})
