/** The kind `pretrain`: trains a model to predict the next token. */

import type { ArtefactTypeOf } from '../../core/artefact.ts'
import type { Misfit } from '../../core/kind/kind.ts'
import type { Graph } from '../../model/graph.ts'
import { fitOf, misfitsInWords } from '../../model/training/fit.ts'
import { contaminationSetting } from '../shared/contamination-setting.ts'
import { defineKind } from '../shared/define-kind.ts'
import { misfitOfMixture } from './checks/mixture-misfit.ts'
import { adaptationMetrics, freezeSetting, misfitOfFreeze } from './settings/adaptation-settings.ts'
import {
  adamwSetting,
  continuesWithMoreSteps,
  normSetting,
  scheduleSetting,
  seedSetting,
  trainingResources,
  trainingSettings,
  warmupDoubts,
} from './settings/training-settings.ts'

export const pretrain = defineKind({
  name: 'pretrain',
  version: 2,
  summary: 'Trains a model to predict the next token.',
  documentation: `In each step the model learns from \`batch\` windows of \`context\` tokens of \`on\`, across documents, to predict each next token. With
\`validate\`, the loss on held-out tokens is reported: in nats, as perplexity, and in bits per byte of text, which compares models with
different tokenizers.

\`on: mix(web: 70%, code: 20%, books: 10%)\` learns from several corpora, each with its share of the tokens, in every batch.
\`on: [mix(web: 100%), mix(web: 60%, books: 40%, from: 80%)]\` changes the shares during the training. The loss, the tokens and the epochs of
each source are reported. \`llmpipe check\` prints the epochs of each source once its tokens exist.

\`epochs: 2\` instead of \`steps\` learns all tokens twice: round(epochs · tokens / (batch · accumulate · context)) steps, at least 1. The steps are
known once the tokens exist, so \`warmup: 3%\` suits it better than a number of steps.

\`pretrain(from: base, on: tokens) { steps: 1_000, schedule: … }\` trains weights further, with a schedule of its own and moments that begin at 0. A
tokenizer with more tokens after those of the weights adds rows to the tables of tokens, each the mean of the rows before, as transformers
does it; an id that stands for another token is an error. \`context\` may be longer than that of the weights if their positions are rotary.
With a model besides, \`pretrain(longer, from: base, on: tokens)\`, the weights are put in that model by their names and have to fit.

Writes a folder with \`model.safetensors\`, \`config.json\`, \`model.json\` and the tokenizer. An interrupted training resumes from its last
checkpoint and produces the same bytes. More \`steps\` under \`constant\` or \`wsd\` continue the cached training, and produce the bytes of a
training from the beginning.`,
  inputs: {
    model: {
      kinds: ['Model'],
      optional: true,
      description: 'The model to train; with `from`, by default the model of those weights.',
    },
    from: {
      kinds: ['Weights'],
      optional: true,
      description: 'Weights to train further. Without them, the weights of the model are initialized by the seed.',
    },
    on: { kinds: ['Tokens'], mixes: true, description: 'The tokens to learn from, or a mixture of several.' },
    validate: { kinds: ['Tokens'], optional: true, description: 'Held-out tokens to measure on.' },
  },
  settings: {
    steps: {
      type: 'integer',
      minimum: 1,
      optional: true,
      unit: 'count',
      description: 'The number of steps of the optimizer. A training has either `steps` or `epochs`.',
    },
    epochs: {
      type: 'number',
      exclusiveMinimum: 0,
      optional: true,
      unit: 'count',
      description:
        'How often the training learns its tokens (2, 0.5), instead of `steps`; those of all sources together, if it learns from a mixture.',
    },
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
      description:
        'The number of tokens in a window; by default the context of the model. With `from` it may be longer, if the positions are rotary.',
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
    max_epochs: {
      type: 'number',
      exclusiveMinimum: 0,
      optional: true,
      hint: true,
      unit: 'count',
      description:
        'The most times that the tokens of a source may be learned: a training that needs more does not start.',
    },
    optimizer: adamwSetting({ lr: 1e-3, eps: 1e-8, weight_decay: 0.1 }),
    schedule: scheduleSetting,
    freeze: freezeSetting,
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
    contamination: contaminationSetting,
    ...trainingSettings,
  },
  positional: ['model', 'on'],
  outputs({ inputs: { model, from, on: sources, validate }, settings, tokenizerSize, graphOf }) {
    const length = misfitOfLength(settings)
    if (length !== undefined) return length
    const mixture = misfitOfMixture(sources, settings)
    if (mixture !== undefined) return mixture
    const [on] = sources as readonly [ArtefactTypeOf<'Tokens'>]
    if (validate !== undefined && validate.tokenizer !== on.tokenizer)
      return {
        code: 'tokenizer-mismatch',
        at: 'validate',
        other: 'on',
        message: `The held-out tokens are of the tokenizer \`${validate.tokenizer}\`, those to learn from of \`${on.tokenizer}\``,
        help: 'Encode both with the same tokenizer.',
      }
    const trained = model?.model ?? from?.model
    if (trained === undefined)
      return {
        code: 'invalid-setting',
        at: 'model',
        message: 'There is nothing to train: neither a model nor weights are given',
        help: 'Write `pretrain(gpt, on: tokens)` with a model, or `pretrain(from: base, on: tokens)` to train weights further.',
      }
    const misfit =
      (model && misfitOfVocabulary(model, on, tokenizerSize?.(on.tokenizer))) ??
      misfitOfWeights(model && graphOf?.(model.model), from && graphOf?.(from.model))
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
    const frozen = misfitOfFreeze(graphOf?.(trained) as Graph | undefined, settings.freeze)
    if (frozen !== undefined) return frozen
    const template = from?.template === undefined ? {} : { template: from.template }
    return [{ name: 'out', type: { kind: 'Weights', model: trained, tokenizer: on.tokenizer, ...template } }]
  },
  metrics: ({ inputs, settings }) => [
    'train_loss',
    ...(inputs.validate === undefined ? [] : ['valid_loss', 'perplexity', 'bits_per_byte']),
    'parameters',
    ...adaptationMetrics(settings),
    ...(settings.epochs === undefined ? [] : ['steps']),
    'tokens',
    ...(settings.on === undefined ? [] : ['train_loss[]', 'tokens[]', 'epochs[]']),
  ],
  doubts: ({ settings }) => warmupDoubts(settings),
  memoryHelp: 'Lower `batch` or `context`, and raise `accumulate` to keep the same tokens in a step.',
  resources: trainingResources,
  continues: (settings) => continuesWithMoreSteps(settings, settings.on),
  load: () => import('./pretrain.run.ts'),
})

/** A misfit unless a call has either `steps` or `epochs`. */
function misfitOfLength({ steps, epochs }: { readonly steps?: number; readonly epochs?: number }): Misfit | undefined {
  if (steps !== undefined && epochs !== undefined)
    return {
      code: 'invalid-setting',
      at: 'epochs',
      other: 'steps',
      message: 'The training has both `steps` and `epochs`, and each of them says how long it is',
      help: 'Remove one of them.',
    }
  if (steps !== undefined || epochs !== undefined) return undefined
  return {
    code: 'invalid-setting',
    at: 'steps',
    message: 'The training has no length: neither `steps` nor `epochs` is given',
    help: 'Write `steps: 1_000`, or `epochs: 1` to learn all tokens once.',
  }
}

/** A misfit if weights that are trained further do not fit the model; none if only the run knows the weights. */
function misfitOfWeights(model: object | undefined, from: object | undefined): Misfit | undefined {
  if (model === undefined || from === undefined) return undefined
  const given = (from as Graph).weights.map(({ name, shape }) => [name, shape] as const)
  const { misfits } = fitOf(model as Graph, new Map(given))
  if (misfits.length === 0) return undefined
  return {
    code: 'invalid-setting',
    at: 'from',
    other: 'model',
    message: `The weights do not fit the model: ${misfitsInWords(misfits)}`,
    help: 'Give the model the sizes of the weights. More ids of the vocabulary and, with rotary positions, a longer context fit too.',
  }
}

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
