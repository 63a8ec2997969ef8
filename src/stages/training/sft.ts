/** The kind `sft`: fine-tunes a model on conversations. */

import { optionalTemplate, templateOfCall } from '../chat/template-setting.ts'
import { contaminationSetting } from '../shared/contamination-setting.ts'
import { defineKind } from '../shared/define-kind.ts'
import { maxLengthSetting } from './examples/lengths.ts'
import { adaptationMetrics, freezeSetting, loraSetting, misfitOfAdaptation } from './settings/adaptation-settings.ts'
import {
  adamwSetting,
  batchSetting,
  epochsSetting,
  heldOutSetting,
  normSetting,
  scheduleSetting,
  seedSetting,
  trainingResources,
  trainingSettings,
} from './settings/training-settings.ts'

export const sft = defineKind({
  name: 'sft',
  version: 3,
  summary: 'Fine-tunes a model to answer as in conversations.',
  documentation: `\`sft(base, on: pairs, template: chatml) { epochs: 2 }\`. The chat template writes the conversations. The model learns only the answers
of the assistant, with the token that ends each (Ouyang et al. 2022). Several conversations share a row of a batch, and none sees another.

A share of the prompts, \`held_out\`, is not learned from, but measured on, unless \`validate\` gives others. Metrics, for
\`expect chat.valid_loss < chat.base_loss\`: \`base_loss\` and \`valid_loss\`, the mean −log p of a token of the held-out answers before and
after the training, \`perplexity\`, \`train_loss\`. The ledger counts conversations that do not fit the context.

With \`lora: lora(rank: 8, alpha: 16, targets: ["q", "v"])\` the model learns only an adapter, which is then merged into the weights. With
\`merge: false\` the adapter is a file beside the weights (\`adapter_model.safetensors\`), and every stage that takes the weights adds it.

The template is saved with the weights, so that the stages that take them can render conversations.`,
  inputs: {
    weights: { kinds: ['Weights'], description: 'The model to fine-tune.' },
    on: { kinds: ['Pairs'], description: 'The conversations to learn from.' },
    validate: { kinds: ['Pairs'], optional: true, description: 'The conversations to measure on.' },
  },
  settings: {
    template: optionalTemplate,
    epochs: epochsSetting(2, 'How many times the model learns from each conversation.'),
    batch: batchSetting('The number of conversations in a step.'),
    held_out: heldOutSetting(
      0.05,
      'The share of the prompts that is measured on and not learned from, unless `validate` is given.',
    ),
    too_long: {
      type: 'string',
      enum: ['drop', 'cut_end', 'cut_start'],
      default: 'drop',
      description: 'Whether a conversation that does not fit is left out, or loses its end or its beginning.',
    },
    max_length: maxLengthSetting,
    optimizer: adamwSetting({ lr: 3e-4, eps: 1e-8, weight_decay: 0.01 }),
    schedule: scheduleSetting,
    lora: loraSetting,
    freeze: freezeSetting,
    clip: normSetting,
    seed: seedSetting('The seed of the split, the order and dropout.'),
    contamination: contaminationSetting,
    ...trainingSettings,
  },
  positional: ['weights', 'on'],
  outputs(call) {
    const found = templateOfCall(call, 'sft')
    if ('code' in found) return found
    return misfitOfAdaptation(call) ?? [{ name: 'out', type: { ...call.inputs.weights, ...found } }]
  },
  metrics: ({ inputs, settings }) => [
    'train_loss',
    ...(inputs.validate === undefined && settings.held_out === 0
      ? []
      : ['valid_loss', 'perplexity', 'base_loss', 'held_out_pairs']),
    'parameters',
    ...adaptationMetrics(settings),
    'pairs',
  ],
  memoryHelp: 'Lower `max_length`, or learn an adapter instead of all weights: `lora: lora(rank: 8)`.',
  resources: trainingResources,
  load: () => import('./sft.run.ts'),
})
