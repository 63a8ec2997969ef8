/** The kind `sft`: fine-tunes a model on conversations. */

import type { ArtefactType } from '../../core/artefact.ts'
import type { Misfit, TypedCall } from '../../core/kind.ts'
import type { StageModule } from '../../core/stage.ts'
import type { Graph } from '../../model/graph.ts'
import { targetNames, targetsOfNothing } from '../../model/lora.ts'
import { templateOfCall, templateSetting } from '../chat/template-setting.ts'
import type { Kind, StageServices } from '../shared/services.ts'
import { maxLengthSetting } from './lengths.ts'
import { adamwSetting, normSetting, scheduleSetting, trainingResources, trainingSettings } from './training-settings.ts'

export const sft: Kind = {
  name: 'sft',
  version: 3,
  summary: 'Fine-tunes a model to answer as in conversations.',
  documentation: `\`sft(base, on: pairs, template: chatml) { epochs: 2 }\`. Conversations are written by the chat template, and only what the
assistant says is learned, with the token that ends it (Ouyang et al. 2022). Several share a row of a batch, each seeing only itself.

A share of the prompts, \`held_out\`, is kept aside and measured on, unless \`validate\` gives others. Metrics, for
\`expect chat.valid_loss < chat.base_loss\`: \`base_loss\` and \`valid_loss\`, the mean −log p of a token of those answers before and
after, \`perplexity\`, \`train_loss\`. What does not fit the context is in the ledger.

With \`lora: lora(rank: 8, alpha: 16, targets: ["q", "v"])\` only an adapter is learned. It is merged into the weights; with
\`merge: false\` it lies beside them (\`adapter_model.safetensors\`), and whatever takes the weights adds it.

The template is saved with the weights: what takes them knows how to talk with the model.`,
  shape: 'stage',
  inputs: {
    weights: { kinds: ['Weights'], description: 'The model it begins as.' },
    on: { kinds: ['Pairs'], description: 'The conversations to learn from.' },
    validate: { kinds: ['Pairs'], optional: true, description: 'Conversations to measure on.' },
  },
  settings: {
    properties: {
      template: { ...templateSetting, optional: true, description: 'The chat template, for weights that have none.' },
      epochs: { type: 'integer', minimum: 1, default: 2, unit: 'count', description: 'How often it sees each pair.' },
      batch: { type: 'integer', minimum: 1, default: 16, unit: 'count', description: 'Conversations of a step.' },
      held_out: {
        type: 'number',
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0.05,
        unit: 'fraction',
        description:
          'The share of the prompts that is not learned from, but measured on, where `validate` is not given.',
      },
      too_long: {
        type: 'string',
        enum: ['drop', 'cut_end', 'cut_start'],
        default: 'drop',
        description:
          'What becomes of a conversation that does not fit: it is left out, or its end or its beginning is cut off.',
      },
      max_length: maxLengthSetting,
      optimizer: adamwSetting({ lr: 3e-4, eps: 1e-8, weight_decay: 0.01 }),
      schedule: { ...scheduleSetting, default: { call: 'cosine', warmup: 0, floor: 0.1 } },
      lora: {
        optional: true,
        description: 'Learns a low-rank adapter beside some matrices, and leaves all weights as they are.',
        calls: {
          lora: {
            description: 'Low-rank adaptation (Hu et al. 2021).',
            positional: ['rank'],
            properties: {
              rank: {
                type: 'integer',
                minimum: 1,
                default: 8,
                unit: 'count',
                description: 'The rank of what is learned.',
              },
              alpha: { type: 'number', exclusiveMinimum: 0, default: 16, description: 'It is scaled by alpha / rank.' },
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
                  'Which matrices, by the ends of their names here or in Hugging Face (`q_proj`, `c_attn`); `all_linear` is all but the one that writes tokens.',
              },
              merge: {
                type: 'boolean',
                default: true,
                description: 'Whether it is added to the weights, or kept beside them as a file of its own.',
              },
            },
          },
        },
      },
      clip: normSetting,
      seed: { type: 'integer', default: 1, description: 'Fixes the split, the order and dropout.' },
      ...trainingSettings,
    },
  },
  positional: ['weights', 'on'],
  outputs(call) {
    const found = templateOfCall(call, 'sft')
    if ('code' in found) return found
    const none = noSuchTargets(call)
    if (none !== undefined) return none
    return [{ name: 'out', type: { ...call.inputs.weights![0]!, ...found } as ArtefactType }]
  },
  metrics: ({ inputs, params }) => [
    'train_loss',
    ...(inputs.validate === undefined && params.held_out === 0
      ? []
      : ['valid_loss', 'perplexity', 'base_loss', 'held_out_pairs']),
    'parameters',
    ...(params.lora === undefined ? [] : ['learned_parameters']),
    'pairs',
  ],
  memoryHelp: 'Lower `max_length`, or learn an adapter instead of all weights: `lora: lora(rank: 8)`.',
  resources: trainingResources,
  load: async (): Promise<StageModule<StageServices>> => import('./sft.run.ts'),
}

/** A misfit where a target of the adapter names no matrix of a model that the program declares. */
function noSuchTargets({ inputs, params, graphOf }: TypedCall): Misfit | undefined {
  const { lora } = params as { readonly lora?: { readonly targets: readonly string[] } }
  const weights = inputs.weights![0]!
  const graph = weights.kind === 'Weights' ? (graphOf?.(weights.model) as Graph | undefined) : undefined
  if (lora === undefined || graph === undefined) return undefined
  const none = targetsOfNothing(graph, lora.targets)
  if (none.length === 0) return undefined
  return {
    code: 'invalid-setting',
    at: 'lora',
    message: `No matrix of the model is called ${none.join(' or ')}`,
    help: `It has ${targetNames(graph).join(', ')}; Hugging Face's names will do too, or \`all_linear\`.`,
  }
}
