/** The kind `pretrain`: trains a model to predict the next token. */

import type { JsonObject } from '../../core/json.ts'
import type { StageModule } from '../../core/stage.ts'
import type { Kind, StageServices } from '../shared/services.ts'
import {
  continuesWithMoreSteps,
  normSetting,
  optimizerSetting,
  scheduleSetting,
  trainingResources,
  trainingSettings,
  warmupDoubts,
} from './training-settings.ts'

export const pretrain: Kind = {
  name: 'pretrain',
  version: 2,
  summary: 'Trains a model to predict the next token.',
  documentation: `Each step takes \`batch\` windows of \`context\` tokens of \`on\`, across documents, and learns to predict each next token. With \`validate\`, the loss on held-out tokens is reported: in nats, as perplexity, and in bits per byte of text,
which compares models with different tokenizers.

Makes a folder with \`model.safetensors\`, \`config.json\`, \`model.json\` and the tokenizer. Interrupted, it goes on from its last
checkpoint, and ends in the same bytes. More \`steps\` under \`constant\` or \`wsd\` go on with the training that is cached, to the bytes
of one from nothing.`,
  shape: 'stage',
  inputs: {
    model: { kinds: ['Model'], description: 'The model to train.' },
    on: { kinds: ['Tokens'], description: 'The tokens to learn from.' },
    validate: { kinds: ['Tokens'], optional: true, description: 'Held-out tokens.' },
  },
  settings: {
    properties: {
      steps: { type: 'integer', minimum: 1, unit: 'count', description: 'How many steps of the optimizer.' },
      batch: { type: 'integer', minimum: 1, default: 16, unit: 'count', description: 'How many windows a batch has.' },
      context: {
        type: 'integer',
        minimum: 1,
        optional: true,
        unit: 'count',
        description: 'Tokens of a window; what the model is made for, unless told.',
      },
      windows: {
        type: 'string',
        enum: ['shuffled', 'random'],
        default: 'shuffled',
        description:
          'Which windows a step has. shuffled: each token once before any twice, the corpus cut anew in every pass; random: any place, as in nanoGPT.',
      },
      accumulate: { type: 'integer', minimum: 1, default: 1, unit: 'count', description: 'Batches that make a step.' },
      optimizer: optimizerSetting,
      schedule: scheduleSetting,
      clip: normSetting,
      seed: { type: 'integer', default: 1, description: 'Fixes initial weights, batches and dropout.' },
      validate_every: {
        type: 'integer',
        minimum: 1,
        default: 200,
        hint: true,
        unit: 'count',
        description: 'Steps between looks at a part of the held-out tokens, each with a sample.',
      },
      validate_tokens: {
        type: 'integer',
        minimum: 2,
        default: 250_000,
        unit: 'count',
        description: 'At most so many held-out tokens make the final loss.',
      },
      sample: { type: 'string', default: '', description: 'What samples begin with.', hint: true },
      ...trainingSettings,
    },
  },
  positional: ['model', 'on'],
  outputs(call) {
    const { inputs, params } = call
    const model = inputs.model![0]!
    const on = inputs.on![0]!
    const validate = inputs.validate?.[0]
    if (model.kind !== 'Model' || on.kind !== 'Tokens') throw new Error('pretrain was checked with other artefacts')
    if (validate?.kind === 'Tokens' && validate.tokenizer !== on.tokenizer)
      return {
        code: 'tokenizer-mismatch',
        at: 'validate',
        other: 'on',
        message: `The held-out tokens are of the tokenizer \`${validate.tokenizer}\`, those to learn of \`${on.tokenizer}\``,
        help: 'Encode both with the same tokenizer.',
      }
    if (typeof model.vocab === 'object' && model.vocab.sizeOf !== on.tokenizer)
      return {
        code: 'vocabulary-mismatch',
        at: 'model',
        other: 'on',
        message: `The model has the vocabulary of \`${model.vocab.sizeOf}\`, and the tokens are of \`${on.tokenizer}\``,
        help: `Give the model the size of that tokenizer: vocab: ${on.tokenizer}.size`,
      }
    const size = call.tokenizerSize?.(on.tokenizer)
    if (typeof model.vocab === 'number' && typeof size === 'number' && model.vocab < size)
      return {
        code: 'vocabulary-mismatch',
        at: 'model',
        other: 'on',
        message: `The model has ${model.vocab} token ids, and the tokenizer \`${on.tokenizer}\` has ${size}`,
        help: `Give the model the size of that tokenizer: vocab: ${on.tokenizer}.size`,
      }
    const longest = (params.model as { $arguments?: JsonObject } | undefined)?.$arguments?.context
    if (typeof params.context === 'number' && typeof longest === 'number' && params.context > longest)
      return {
        code: 'invalid-setting',
        at: 'context',
        other: 'model',
        message: `context is ${params.context}, but the model is made for ${longest} tokens`,
        help: 'Lower it, or give the model a longer context.',
      }
    return [{ name: 'out', type: { kind: 'Weights', model: model.model, tokenizer: on.tokenizer } }]
  },
  metrics: ({ inputs }) => [
    'train_loss',
    ...(inputs.validate === undefined ? [] : ['valid_loss', 'perplexity', 'bits_per_byte']),
    'parameters',
    'tokens',
  ],
  doubts: ({ params }) => warmupDoubts(params),
  memoryHelp: 'Lower `batch` or `context`, and raise `accumulate` to keep the same tokens in a step.',
  resources: trainingResources,
  continues: continuesWithMoreSteps,
  load: async (): Promise<StageModule<StageServices>> => import('./pretrain.run.ts'),
}
