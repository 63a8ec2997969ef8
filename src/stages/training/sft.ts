/** The kind `sft`: fine-tunes a model on conversations. */

import type { Misfit } from '../../core/kind/kind.ts'
import type { SettingSchema } from '../../core/kind/setting.ts'
import type { Graph } from '../../model/graph.ts'
import { targetNames, targetsOfNothing } from '../../model/lora.ts'
import { optionalTemplate, templateOfCall } from '../chat/template-setting.ts'
import { defineKind } from '../shared/define-kind.ts'
import { maxLengthSetting } from './lengths.ts'
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
} from './training-settings.ts'

const loraSetting = {
  optional: true,
  description: 'Learns a low-rank adapter of some matrices and leaves all weights as they are.',
  calls: {
    lora: {
      description: 'Low-rank adaptation (Hu et al. 2021).',
      positional: ['rank'],
      properties: {
        rank: { type: 'integer', minimum: 1, default: 8, unit: 'count', description: 'The rank of the adapter.' },
        alpha: {
          type: 'number',
          exclusiveMinimum: 0,
          default: 16,
          description: 'The adapter is scaled by alpha / rank.',
        },
        targets: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'string',
            minLength: 1,
            description: 'A name, or its end: `q`, `attention.q`, `q_proj`.',
          },
          default: ['q', 'v'],
          description:
            'The matrices that get an adapter, by the ends of their names here or in Hugging Face (`q_proj`, `c_attn`). `all_linear` means all but the one that writes tokens.',
        },
        merge: {
          type: 'boolean',
          default: true,
          description: 'Whether the adapter is added to the weights; otherwise it is a file beside them.',
        },
      },
    },
  },
} as const satisfies SettingSchema

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
    clip: normSetting,
    seed: seedSetting('The seed of the split, the order and dropout.'),
    ...trainingSettings,
  },
  positional: ['weights', 'on'],
  outputs(call) {
    const found = templateOfCall(call, 'sft')
    if ('code' in found) return found
    const { weights } = call.inputs
    const graph = call.graphOf?.(weights.model) as Graph | undefined
    return noSuchTargets(graph, call.settings.lora?.targets ?? []) ?? [{ name: 'out', type: { ...weights, ...found } }]
  },
  metrics: ({ inputs, settings }) => [
    'train_loss',
    ...(inputs.validate === undefined && settings.held_out === 0
      ? []
      : ['valid_loss', 'perplexity', 'base_loss', 'held_out_pairs']),
    'parameters',
    ...(settings.lora === undefined ? [] : ['learned_parameters']),
    'pairs',
  ],
  memoryHelp: 'Lower `max_length`, or learn an adapter instead of all weights: `lora: lora(rank: 8)`.',
  resources: trainingResources,
  load: () => import('./sft.run.ts'),
})

/** A misfit if a target of the adapter names no matrix of a model that the program declares. */
function noSuchTargets(graph: Graph | undefined, targets: readonly string[]): Misfit | undefined {
  if (graph === undefined || targets.length === 0) return undefined
  const unknown = targetsOfNothing(graph, targets)
  if (unknown.length === 0) return undefined
  return {
    code: 'invalid-setting',
    at: 'lora',
    message: `No matrix of the model is called ${unknown.join(' or ')}`,
    help: `It has ${targetNames(graph).join(', ')}. The names of Hugging Face and \`all_linear\` are accepted too.`,
  }
}
