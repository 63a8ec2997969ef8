/** A small catalogue for the tests of the language: stage kinds of every shape, with every sort of setting. */

import type { ArtefactType } from '../../src/core/artefact.ts'
import type { Catalogue, StageKind, TypedCall } from '../../src/core/kind/kind.ts'
import type { SettingSchema } from '../../src/core/kind/setting.ts'
import { templateMisfit, templateSetting } from '../../src/stages/chat/template-setting.ts'
import { type TemplateSetting, templateIdentity, templateOf } from '../../src/text/chat/template.ts'

const out = (type: ArtefactType) => [{ name: 'out', type }]
const docs = { docs: { kinds: ['Docs'], description: 'the documents.' } } as const

function documentKind(
  name: string,
  properties: Record<string, SettingSchema>,
  positional: string[],
  rest?: string,
): StageKind {
  return {
    name,
    version: 1,
    summary: name,
    shape: 'document',
    inputs: docs,
    settings: { properties },
    positional: ['docs', ...positional],
    ...(rest === undefined ? {} : { rest }),
    outputs: () => out({ kind: 'Docs' }),
  }
}

const condition: SettingSchema = { description: 'What is true of the documents to keep.', expression: 'condition' }

const optimizer: SettingSchema = {
  description: 'How weights are updated.',
  calls: {
    adamw: {
      properties: {
        lr: { type: 'number', exclusiveMinimum: 0, description: 'The learning rate.', default: 0.001 },
        betas: {
          type: 'array',
          minItems: 2,
          maxItems: 2,
          items: { type: 'number', minimum: 0, exclusiveMaximum: 1, description: 'A beta.' },
          description: 'Decay of the moments.',
          default: [0.9, 0.999],
        },
      },
    },
    sgd: { positional: ['lr'], properties: { lr: { type: 'number', description: 'The learning rate.' } } },
  },
  default: { call: 'adamw', lr: 0.001, betas: [0.9, 0.999] },
}

function typeOf(call: TypedCall, role: string): ArtefactType {
  return call.inputs[role]?.[0] as ArtefactType
}

const kinds: StageKind[] = [
  {
    name: 'read',
    version: 1,
    summary: 'Reads files.',
    shape: 'source',
    inputs: {},
    settings: {
      properties: {
        paths: { description: 'Paths or patterns.', files: true, collections: true },
        split: {
          type: 'string',
          enum: ['files', 'lines', 'paragraphs'],
          default: 'files',
          description: 'What is a document.',
        },
        limit: { type: 'integer', unit: 'bytes', minimum: 1, optional: true, description: 'How much is read at most.' },
      },
    },
    positional: ['paths'],
    outputs: () => out({ kind: 'Docs' }),
  },
  documentKind('keep', { where: condition }, ['where']),
  documentKind('drop', { where: condition }, ['where']),
  documentKind(
    'redact',
    {
      what: {
        type: 'array',
        minItems: 1,
        items: { type: 'string', enum: ['emails', 'phone_numbers'], description: 'A kind of private data.' },
        description: 'What is redacted.',
      },
    },
    [],
    'what',
  ),
  documentKind('filter', {}, []),
  documentKind('label', { text: { type: 'string', template: true, description: 'A template over fields.' } }, ['text']),
  {
    ...documentKind(
      'dedup',
      {
        method: { type: 'string', enum: ['exact', 'minhash'], default: 'exact', description: 'How copies are found.' },
        threshold: {
          type: 'number',
          unit: 'fraction',
          minimum: 0,
          maximum: 1,
          default: 0.8,
          description: 'How alike.',
        },
      },
      ['method'],
    ),
    shape: 'stage',
  },
  {
    name: 'concat',
    version: 1,
    summary: 'Joins documents.',
    shape: 'stage',
    inputs: { docs: { kinds: ['Docs'], list: true, description: 'the documents.' } },
    settings: { properties: {} },
    positional: [],
    rest: 'docs',
    outputs: () => out({ kind: 'Docs' }),
  },
  {
    name: 'split',
    version: 1,
    summary: 'Splits documents.',
    shape: 'stage',
    inputs: docs,
    settings: {
      properties: {
        shares: { type: 'array', items: { type: 'number', description: 'A share.' }, description: 'The shares.' },
        seed: { type: 'integer', default: 0, description: 'The seed.' },
      },
    },
    positional: ['docs'],
    rest: 'shares',
    outputs({ params, names }) {
      const shares = params.shares as number[]
      if (shares.length !== names)
        return {
          code: 'wrong-count',
          at: 'shares',
          message: `${shares.length} shares are bound to ${names === 1 ? '1 name' : `${names} names`}`,
        }
      return shares.map((_, index) => ({ name: String(index), type: { kind: 'Docs' } }))
    },
  },
  {
    name: 'train_bpe',
    version: 1,
    summary: 'Trains a tokenizer.',
    shape: 'stage',
    inputs: docs,
    settings: {
      properties: {
        vocab: { type: 'integer', minimum: 256, unit: 'count', description: 'How many ids.' },
        pattern: {
          type: 'string',
          enum: ['gpt2', 'gpt4'],
          orString: true,
          default: 'gpt4',
          description: 'How text is split.',
        },
        special: {
          type: 'array',
          items: { type: 'string', description: 'A special token.' },
          default: [],
          description: 'The special tokens.',
        },
      },
    },
    positional: ['docs'],
    outputs: ({ params, self }) =>
      out({ kind: 'Tokenizer', tokenizer: self, size: params.vocab as number, special: params.special as string[] }),
  },
  {
    name: 'characters',
    version: 1,
    summary: 'Makes a tokenizer of characters.',
    shape: 'stage',
    inputs: docs,
    settings: { properties: {} },
    positional: ['docs'],
    outputs: ({ self }) => out({ kind: 'Tokenizer', tokenizer: self, size: { sizeOf: self } }),
  },
  {
    name: 'encode',
    version: 1,
    summary: 'Encodes documents.',
    shape: 'stage',
    inputs: { ...docs, tokenizer: { kinds: ['Tokenizer'], description: 'the tokenizer.' } },
    settings: { properties: {} },
    positional: ['docs', 'tokenizer'],
    outputs(call) {
      const tokenizer = typeOf(call, 'tokenizer')
      return out({ kind: 'Tokens', tokenizer: tokenizer.kind === 'Tokenizer' ? tokenizer.tokenizer : '' })
    },
  },
  {
    name: 'pretrain',
    version: 1,
    summary: 'Trains a model.',
    shape: 'stage',
    inputs: {
      model: { kinds: ['Model'], description: 'the model.' },
      on: { kinds: ['Tokens'], mixes: true, description: 'the tokens to learn.' },
      validate: { kinds: ['Tokens'], optional: true, description: 'held-out tokens.' },
    },
    settings: {
      properties: {
        steps: { type: 'integer', minimum: 1, unit: 'count', description: 'How many steps.' },
        batch: { type: 'integer', minimum: 1, default: 16, description: 'How many sequences a step.' },
        optimizer,
        clip: { type: 'number', exclusiveMinimum: 0, optional: true, description: 'Greatest norm of a gradient.' },
        warmup: { type: 'integer', minimum: 0, default: 0, unit: 'count', description: 'How long the rate rises.' },
        every: { type: 'number', unit: 'seconds', default: 60, hint: true, description: 'How often it reports.' },
        shuffle: { type: 'boolean', default: true, description: 'Whether the order is random.' },
        seed: { type: 'integer', default: 1, description: 'The seed.' },
      },
    },
    positional: ['model', 'on'],
    outputs(call) {
      const model = typeOf(call, 'model')
      const on = typeOf(call, 'on')
      const validate = call.inputs.validate?.[0]
      if (model.kind !== 'Model' || on.kind !== 'Tokens') throw new Error('checked before')
      if (validate?.kind === 'Tokens' && validate.tokenizer !== on.tokenizer)
        return {
          code: 'tokenizer-mismatch',
          at: 'validate',
          other: 'on',
          message: `The held-out tokens are of \`${validate.tokenizer}\`, the others of \`${on.tokenizer}\``,
          help: 'Encode both with the same tokenizer.',
        }
      if (typeof model.vocab === 'object' && model.vocab.sizeOf !== on.tokenizer)
        return {
          code: 'vocabulary-mismatch',
          at: 'model',
          other: 'on',
          message: `The model has the vocabulary of \`${model.vocab.sizeOf}\`, the tokens are of \`${on.tokenizer}\``,
        }
      return out({ kind: 'Weights', model: model.model, tokenizer: on.tokenizer })
    },
    doubts: ({ params: { warmup, steps } }) =>
      (warmup as number) > (steps as number)
        ? [{ at: 'warmup', message: `The warm-up takes ${warmup} steps, and the training has ${steps}` }]
        : [],
    metrics: () => ['train_loss', 'valid_loss', 'perplexity', 'loss', 'diverged'],
  },
  {
    name: 'sft',
    version: 1,
    summary: 'Fine-tunes weights.',
    shape: 'stage',
    inputs: { weights: { kinds: ['Weights'], description: 'the weights.' } },
    settings: {
      properties: {
        template: {
          type: 'string',
          enum: ['chatml', 'plain'],
          ...templateSetting,
          default: 'chatml',
          description: 'The chat template.',
        },
        low: { type: 'number', default: 0, description: 'The least.' },
        high: { type: 'number', default: 1, description: 'The greatest.' },
      },
    },
    positional: ['weights'],
    outputs(call) {
      const weights = typeOf(call, 'weights')
      if (weights.kind !== 'Weights') throw new Error('checked before')
      if ((call.params.low as number) > (call.params.high as number))
        return { code: 'invalid-setting', at: 'low', other: 'high', message: 'low is more than high' }
      const misfit =
        typeof call.params.template === 'object'
          ? templateMisfit(call, templateOf(call.params.template as unknown as TemplateSetting), weights.tokenizer)
          : undefined
      if (misfit) return misfit
      const written = call.params.template
      const template =
        typeof written === 'string' ? written : templateIdentity(templateOf(written as unknown as TemplateSetting))
      if (weights.template !== undefined && weights.template !== template)
        return {
          code: 'template-mismatch',
          at: 'template',
          other: 'weights',
          message: `The weights were fine-tuned with the template ${weights.template}, not ${template}`,
        }
      return out({ ...weights, template })
    },
  },
  {
    name: 'evaluate',
    version: 1,
    summary: 'Compares weights.',
    shape: 'stage',
    inputs: { of: { kinds: ['Weights'], list: true, named: true, description: 'the weights.' } },
    settings: {
      properties: {
        win_rate: {
          optional: true,
          description: 'How often the answers are better than those of other weights.',
          calls: {
            against: {
              positional: ['opponent'],
              properties: {
                opponent: {
                  description: 'Whom to win against.',
                  input: { kinds: ['Weights'], description: 'weights.' },
                },
                on: {
                  description: 'What is asked.',
                  input: { kinds: ['Docs'], optional: true, description: 'documents.' },
                },
                rounds: { type: 'integer', minimum: 1, default: 1, description: 'How many.' },
              },
            },
          },
        },
      },
    },
    positional: ['of'],
    outputs(call) {
      const [of, opponent] = [typeOf(call, 'of'), call.inputs['win_rate.opponent']?.[0]]
      if (of.kind !== 'Weights') throw new Error('checked before')
      if (opponent?.kind === 'Weights' && opponent.tokenizer !== of.tokenizer)
        return { code: 'tokenizer-mismatch', at: 'win_rate.opponent', other: 'of', message: 'They have two tokenizers' }
      return out({ kind: 'Report' })
    },
    metrics: () => ['win_rate[]', 'loss[]'],
  },
  {
    name: 'export',
    version: 1,
    summary: 'Exports weights.',
    shape: 'stage',
    inputs: { of: { kinds: ['Docs', 'Weights'], description: 'what is exported.' } },
    settings: {
      properties: {
        as: { type: 'string', enum: ['hf', 'raw'], default: 'raw', description: 'The format.' },
        dtype: { type: 'string', enum: ['float32', 'bfloat16'], optional: true, description: 'The numbers.' },
      },
    },
    positional: ['of'],
    outputs: () => out({ kind: 'Files' }),
  },
]

export const catalogue: Catalogue = {
  kinds: Object.fromEntries(kinds.map((kind) => [kind.name, kind])),
  metrics: Object.fromEntries(
    (
      [
        { name: 'words', type: 'number', unit: 'count' },
        { name: 'alpha_ratio', type: 'number', unit: 'fraction' },
        { name: 'digit_ratio', type: 'number', unit: 'fraction' },
        { name: 'language', type: 'string' },
        { name: 'has_title', type: 'boolean' },
      ] as const
    ).map((metric) => [metric.name, { ...metric, description: metric.name }]),
  ),
}
