/** The kind `reward_model`: trains a model to score answers as rankings do. */

import { optionalTemplate, templateOfCall } from '../chat/template-setting.ts'
import { defineKind } from '../shared/define-kind.ts'
import { misfitOfHead } from './checks/head-misfit.ts'
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

export const rewardModel = defineKind({
  name: 'reward_model',
  version: 2,
  summary: 'Trains a model to score answers as rankings do.',
  documentation: `A head on the model scores a conversation with one number, which is read at the end token of its last answer. The head learns
to score better answers higher: every pair of a ranking by the model of Bradley and Terry (Ouyang et al. 2022, equation 1), or each answer
against all worse ones by that of Plackett and Luce. Ties are not compared, and every ranking has the same weight.

A share of the prompts, \`held_out\`, is kept aside with all their rankings. Metrics, for \`expect reward.accuracy > 75%\`:
\`accuracy\` over the held-out pairs, with its bootstrap interval \`accuracy_low\` and \`accuracy_high\`; \`valid_loss\`; \`calibration_error\`
(expected, over ten bins) and \`brier\`; \`train_accuracy\` and \`train_loss\`; \`score_mean\` and \`score_deviation\`.

With \`normalize\`, scores are shifted and scaled so that those of the answers learned from have mean 0 and deviation 1, so that models
trained on them are comparable; σ(score_scale · (a − b)) is then the probability that a is preferred to b.

Writes a folder like that of weights, with \`reward_head.weight\` and without the table of logits.`,
  inputs: {
    weights: {
      kinds: ['Weights'],
      description: 'The model to begin with, preferably one fine-tuned with the same chat template.',
    },
    on: { kinds: ['Rankings'], description: 'The rankings to learn from.' },
  },
  settings: {
    template: optionalTemplate,
    epochs: epochsSetting(1, 'How many times the model learns from each ranking.'),
    batch: batchSetting('The number of rankings in a step.'),
    loss: preferenceLossSetting,
    margin: {
      type: 'number',
      minimum: 0,
      default: 0,
      description: 'By how much the better score has to exceed the worse one (Touvron et al. 2023).',
    },
    centring: {
      type: 'number',
      minimum: 0,
      default: 0,
      description:
        'The weight of the square of the sum of compared scores: 0.01 keeps scores near 0 (Eisenstein et al. 2023).',
    },
    normalize: {
      type: 'boolean',
      default: true,
      description: 'Whether the scores of the answers learned from get mean 0 and deviation 1.',
    },
    held_out: heldOutSetting(0.1, 'The share of the prompts that is measured on and not learned from.'),
    too_long: answerTooLongSetting,
    max_length: maxLengthSetting,
    optimizer: adamwSetting({ lr: 1e-4, eps: 1e-8, weight_decay: 0.01 }),
    schedule: linearSchedule,
    lora: loraSetting,
    freeze: freezeSetting,
    clip: normSetting,
    seed: seedSetting('The seed of the head, the split and the order.'),
    ...trainingSettings,
  },
  positional: ['weights', 'on'],
  outputs(call) {
    const found = templateOfCall(call, 'reward_model')
    if ('code' in found) return found
    const { tokenizer } = call.inputs.weights
    return (
      misfitOfAdaptation(call) ?? misfitOfHead(call) ?? [{ name: 'out', type: { kind: 'Reward', tokenizer, ...found } }]
    )
  },
  metrics: ({ settings }) => [
    ...(settings.held_out === 0
      ? []
      : [
          ...['accuracy', 'accuracy_low', 'accuracy_high', 'valid_loss', 'calibration_error'],
          ...['brier', 'held_out_pairs'],
        ]),
    ...['train_accuracy', 'train_loss', 'train_pairs', 'score_mean', 'score_deviation', 'score_scale', 'parameters'],
    ...adaptationMetrics(settings),
  ],
  memoryHelp: 'Lower `max_length`, or learn an adapter instead of all weights: `lora: lora(rank: 8)`.',
  resources: trainingResources,
  load: () => import('./reward_model.run.ts'),
})
