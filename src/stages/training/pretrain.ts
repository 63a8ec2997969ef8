/** The kind `pretrain`: trains a model to predict the next token. */

import type { ArtefactTypeOf } from '../../core/artefact.ts'
import type { Misfit } from '../../core/kind/kind.ts'
import { defineKind } from '../shared/define-kind.ts'
import {
  adamwSetting,
  continuesWithMoreSteps,
  normSetting,
  scheduleSetting,
  seedSetting,
  trainingResources,
  trainingSettings,
  warmupDoubts,
} from './training-settings.ts'

export const pretrain = defineKind({
  name: 'pretrain',
  version: 2,
  summary: 'Trains a model to predict the next token.',
  documentation: `In each step the model learns from \`batch\` windows of \`context\` tokens of \`on\`, across documents, to predict each next token. With
\`validate\`, the loss on held-out tokens is reported: in nats, as perplexity, and in bits per byte of text, which compares models with
different tokenizers.

Writes a folder with \`model.safetensors\`, \`config.json\`, \`model.json\` and the tokenizer. An interrupted training resumes from its last
checkpoint and produces the same bytes. More \`steps\` under \`constant\` or \`wsd\` continue the cached training, and produce the bytes of a
training from the beginning.`,
  inputs: {
    model: { kinds: ['Model'], description: 'The model to train.' },
    on: { kinds: ['Tokens'], description: 'The tokens to learn from.' },
    validate: { kinds: ['Tokens'], optional: true, description: 'Held-out tokens to measure on.' },
  },
  settings: {
    steps: { type: 'integer', minimum: 1, unit: 'count', description: 'The number of steps of the optimizer.' },
    batch: {
      type: 'integer',
      minimum: 1,
      default: 16,
      unit: 'count',
      description: 'The number of windows in a batch.',
    },
    context: {
      type: 'integer',
      minimum: 1,
      optional: true,
      unit: 'count',
      description: 'The number of tokens in a window; by default the context of the model.',
    },
    windows: {
      type: 'string',
      enum: ['shuffled', 'random'],
      default: 'shuffled',
      description:
        'The windows of a step. shuffled: each token once before any twice, with other cuts of the corpus in every pass; random: any place of the corpus, as in nanoGPT.',
    },
    accumulate: {
      type: 'integer',
      minimum: 1,
      default: 1,
      unit: 'count',
      description: 'The number of batches in a step.',
    },
    micro_batch: {
      type: 'integer',
      minimum: 1,
      optional: true,
      hint: true,
      unit: 'count',
      description:
        'The number of windows of a batch that the engine torch computes at once; by default as many as the memory of the GPU is estimated to hold.',
    },
    optimizer: adamwSetting({ lr: 1e-3, eps: 1e-8, weight_decay: 0.1 }),
    schedule: scheduleSetting,
    clip: normSetting,
    seed: seedSetting('The seed of the initial weights, the batches and dropout.'),
    validate_every: {
      type: 'integer',
      minimum: 1,
      default: 200,
      hint: true,
      unit: 'count',
      description: 'The number of steps between measurements on a part of the held-out tokens, each with a sample.',
    },
    validate_tokens: {
      type: 'integer',
      minimum: 2,
      default: 250_000,
      unit: 'count',
      description: 'The most held-out tokens that the final loss is measured on.',
    },
    sample: { type: 'string', default: '', description: 'The beginning of the samples.', hint: true },
    ...trainingSettings,
  },
  positional: ['model', 'on'],
  outputs({ inputs: { model, on, validate }, settings, tokenizerSize }) {
    if (validate !== undefined && validate.tokenizer !== on.tokenizer)
      return {
        code: 'tokenizer-mismatch',
        at: 'validate',
        other: 'on',
        message: `The held-out tokens are of the tokenizer \`${validate.tokenizer}\`, those to learn from of \`${on.tokenizer}\``,
        help: 'Encode both with the same tokenizer.',
      }
    const misfit = misfitOfVocabulary(model, on, tokenizerSize?.(on.tokenizer))
    if (misfit !== undefined) return misfit
    const longest = settings.model?.$arguments?.context
    if (settings.context !== undefined && typeof longest === 'number' && settings.context > longest)
      return {
        code: 'invalid-setting',
        at: 'context',
        other: 'model',
        message: `context is ${settings.context}, but the model is made for ${longest} tokens`,
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
  doubts: ({ settings }) => warmupDoubts(settings),
  memoryHelp: 'Lower `batch` or `context`, and raise `accumulate` to keep the same tokens in a step.',
  resources: trainingResources,
  continues: continuesWithMoreSteps,
  load: () => import('./pretrain.run.ts'),
})

/** A misfit if the model has fewer token ids than the tokenizer. `size` is that of the tokenizer, as far as it is declared. */
function misfitOfVocabulary(
  model: ArtefactTypeOf<'Model'>,
  { tokenizer }: ArtefactTypeOf<'Tokens'>,
  size: ArtefactTypeOf<'Tokenizer'>['size'] | undefined,
): Misfit | undefined {
  const { vocab } = model
  const isOther = typeof vocab === 'object' && vocab.sizeOf !== tokenizer
  const isSmall = typeof vocab === 'number' && typeof size === 'number' && vocab < size
  if (!isOther && !isSmall) return undefined
  return {
    code: 'vocabulary-mismatch',
    at: 'model',
    other: 'on',
    message: isOther
      ? `The model has the vocabulary of \`${vocab.sizeOf}\`, and the tokens are of \`${tokenizer}\``
      : `The model has ${vocab} token ids, and the tokenizer \`${tokenizer}\` has ${size}`,
    help: `Give the model the size of that tokenizer: vocab: ${tokenizer}.size`,
  }
}
