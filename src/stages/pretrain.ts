/** The kind `pretrain`: trains a model to predict the next token. */

import type { JsonObject } from '../core/json.ts'
import type { SettingSchema, StageModule } from '../core/kind.ts'
import type { Kind, StageServices } from './services.ts'

const warmup: SettingSchema = {
  type: 'integer',
  minimum: 0,
  default: 0,
  unit: 'count',
  description: 'Steps through which the learning rate rises.',
}

const floor: SettingSchema = {
  type: 'number',
  minimum: 0,
  maximum: 1,
  default: 0.1,
  unit: 'fraction',
  description: 'Where the learning rate ends, as a fraction of its peak.',
}

export const optimizerSetting: SettingSchema = {
  description: 'How gradients change weights.',
  default: { call: 'adamw', lr: 1e-3, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0.1 },
  calls: {
    adamw: {
      description: 'AdamW (Loshchilov and Hutter 2019); matrices decay, gains and biases do not.',
      positional: ['lr'],
      properties: {
        lr: { type: 'number', exclusiveMinimum: 0, default: 1e-3, description: 'The learning rate at its peak.' },
        betas: {
          type: 'array',
          items: { type: 'number', minimum: 0, exclusiveMaximum: 1, description: 'How slowly a mean moves.' },
          minItems: 2,
          maxItems: 2,
          default: [0.9, 0.95],
          description: 'How slowly the means of the gradient and of its square move.',
        },
        eps: {
          type: 'number',
          exclusiveMinimum: 0,
          default: 1e-8,
          description: 'Added to the root of the mean square.',
        },
        weight_decay: { type: 'number', minimum: 0, default: 0.1, description: 'How much weights shrink.' },
      },
    },
  },
}

export const scheduleSetting: SettingSchema = {
  description: 'How the learning rate goes over the steps.',
  default: { call: 'cosine', warmup: 0, floor: 0.1 },
  calls: {
    constant: { description: 'The same throughout.', properties: { warmup } },
    linear: { description: 'Down in a line.', properties: { warmup, floor } },
    cosine: { description: 'Down along half a cosine (Loshchilov and Hutter 2017).', properties: { warmup, floor } },
    wsd: {
      description: 'Warm-up, stable, decay (Hu et al. 2024).',
      properties: {
        warmup,
        decay: {
          type: 'number',
          minimum: 0,
          maximum: 1,
          default: 0.2,
          unit: 'fraction',
          description: 'The last fraction of the steps, in which it goes down.',
        },
        floor,
      },
    },
  },
}

export const pretrain: Kind = {
  name: 'pretrain',
  version: 1,
  summary: 'Trains a model to predict the next token.',
  documentation: `Each step draws \`batch\` windows of \`context\` tokens at random places of \`on\`, as nanoGPT does, and learns to predict
each next token. With \`validate\`, the loss on held-out tokens is reported: in nats, as perplexity, and in bits per byte of text,
which compares models with different tokenizers.

Makes a folder with \`model.safetensors\`, \`config.json\`, \`model.json\` and the tokenizer. Interrupted, it goes on from its last
checkpoint, and ends in the same bytes.`,
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
      accumulate: { type: 'integer', minimum: 1, default: 1, unit: 'count', description: 'Batches that make a step.' },
      optimizer: optimizerSetting,
      schedule: scheduleSetting,
      clip: {
        type: 'number',
        exclusiveMinimum: 0,
        default: 1,
        description: 'The greatest norm of all gradients together; larger ones are scaled down.',
      },
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
      engine: { type: 'string', enum: ['onnx', 'tfjs'], default: 'onnx', description: 'What computes.' },
      sample: { type: 'string', default: '', description: 'What samples begin with.', hint: true },
      checkpoint_every: {
        type: 'number',
        unit: 'seconds',
        minimum: 0,
        default: 30,
        hint: true,
        description: 'Time between checkpoints.',
      },
      log_every: {
        type: 'integer',
        minimum: 1,
        default: 10,
        hint: true,
        unit: 'count',
        description: 'Steps between reports.',
      },
    },
  },
  positional: ['model', 'on'],
  outputs({ inputs, params }) {
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
  resources: () => ({ cpus: 64, memory: 2 * 1024 ** 3 }),
  load: async (): Promise<StageModule<StageServices>> => import('./pretrain.run.ts'),
}
