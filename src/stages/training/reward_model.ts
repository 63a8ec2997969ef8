/** The kind `reward_model`: trains a model to score answers as rankings have them. */

import type { ArtefactType } from '../../core/artefact.ts'
import type { StageModule } from '../../core/stage.ts'
import { templateOfCall, templateSetting } from '../chat/template-setting.ts'
import type { Kind, StageServices } from '../shared/services.ts'
import { maxLengthSetting } from './lengths.ts'
import { adamwSetting, normSetting, scheduleSetting, trainingResources, trainingSettings } from './training-settings.ts'

export const rewardModel: Kind = {
  name: 'reward_model',
  version: 2,
  summary: 'Trains a model to score answers as rankings have them.',
  documentation: `A head on the model gives one number for a conversation, read at the end token of its last answer. It learns
that the number of a better answer is higher: every pair of a ranking by Bradley and Terry's model (Ouyang et al. 2022,
equation 1), or each answer against all worse ones by Plackett and Luce's. Ties are not compared, and every ranking weighs the
same.

A share of the prompts, \`held_out\`, is kept aside with all their rankings. Its metrics, for \`expect reward.accuracy > 75%\`:
\`accuracy\` over pairs, with its bootstrap interval \`accuracy_low\` and \`accuracy_high\`; \`valid_loss\`; \`calibration_error\`
(expected, over ten bins) and \`brier\`; \`train_accuracy\` and \`train_loss\`; \`score_mean\` and \`score_deviation\`.

With \`normalize\`, scores are shifted and scaled so that those of the answers learned from have mean 0 and deviation 1, which
makes what is trained on them comparable; σ(score_scale · (a − b)) is then the probability that a is preferred to b.

Makes a folder like that of weights, with \`reward_head.weight\` and without the table of logits.`,
  shape: 'stage',
  inputs: {
    weights: {
      kinds: ['Weights'],
      description: 'The model it begins as; best one fine-tuned on the same chat template.',
    },
    on: { kinds: ['Rankings'], description: 'The rankings to learn from.' },
  },
  settings: {
    properties: {
      template: { ...templateSetting, optional: true, description: 'The chat template, for weights that have none.' },
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
      margin: {
        type: 'number',
        minimum: 0,
        default: 0,
        description: 'By how much the better score has to exceed the worse (Touvron et al. 2023).',
      },
      centring: {
        type: 'number',
        minimum: 0,
        default: 0,
        description:
          'What the square of the sum of compared scores weighs: 0.01 keeps scores near 0 (Eisenstein et al. 2023).',
      },
      normalize: { type: 'boolean', default: true, description: 'Mean 0 and deviation 1 of the scores learned from.' },
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
      optimizer: adamwSetting({ lr: 1e-4, eps: 1e-8, weight_decay: 0.01 }),
      schedule: { ...scheduleSetting, default: { call: 'linear', warmup: 0, floor: 0 } },
      clip: normSetting,
      seed: { type: 'integer', default: 1, description: 'Fixes the head, the split and the order.' },
      ...trainingSettings,
    },
  },
  positional: ['weights', 'on'],
  outputs(call) {
    const found = templateOfCall(call, 'reward_model')
    if ('code' in found) return found
    const { tokenizer } = call.inputs.weights![0] as Extract<ArtefactType, { kind: 'Weights' }>
    return [{ name: 'out', type: { kind: 'Reward', tokenizer, ...found } }]
  },
  metrics: ({ params }) => [
    ...(params.held_out === 0 ? [] : ['accuracy', 'accuracy_low', 'accuracy_high', 'valid_loss', 'calibration_error']),
    ...(params.held_out === 0 ? [] : ['brier', 'held_out_pairs']),
    ...['train_accuracy', 'train_loss', 'train_pairs', 'score_mean', 'score_deviation', 'score_scale', 'parameters'],
  ],
  memoryHelp: 'Lower `max_length`: memory goes by the longest answer.',
  resources: trainingResources,
  load: async (): Promise<StageModule<StageServices>> => import('./reward_model.run.ts'),
}
