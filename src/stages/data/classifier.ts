/** The kind `classifier`: learns to tell good documents from bad ones. */

import { versionWithWords } from '../../data/words/segmentation.ts'
import { defineKind } from '../shared/define-kind.ts'
import { seedSetting } from './documents/docs-output.ts'

export const classifier = defineKind({
  name: 'classifier',
  version: versionWithWords(2),
  summary: 'Learns to tell good documents from bad ones, for `score`.',
  documentation: `\`stage quality = classifier(good: reference, bad: web)\`, then \`web |> score(with: quality) |> keep(where: score > 0.5)\`.

Logistic regression over hashed words and pairs of words, a linear model as fastText's, with which GPT-3, CCNet and DCLM (Li et al. 2024) chose web
pages. Words are compared without case and punctuation. Both sides have the same weight, however many documents they have, so that 0.5 is
indifferent. Documents are learned from in the order of their files, good and bad in turn, \`epochs\` times. The same documents give the same
bytes on every machine.

About the share \`held_out\` of each side is not learned from. On it the report has \`accuracy\` (the mean over both sides; 0.5 is guessing) and \`auc\` (the
probability that a good document scores higher than a bad one). Copies of a text are all held out, or all learned from.

Memory: 24 bytes for each bucket, 8 for each document, and about 100 more for each that is held out.`,
  inputs: {
    good: { kinds: ['Docs'], description: 'Documents to keep more of.' },
    bad: { kinds: ['Docs'], description: 'Documents of the usual quality, or worse.' },
  },
  settings: {
    ngrams: {
      type: 'integer',
      minimum: 1,
      maximum: 5,
      default: 2,
      unit: 'count',
      description: 'The most words in a row that are a feature.',
    },
    buckets: {
      type: 'integer',
      minimum: 1024,
      maximum: 2 ** 26,
      default: 2 ** 20,
      unit: 'count',
      description: 'The number of features after hashing, a power of two; 4 bytes each.',
    },
    epochs: {
      type: 'integer',
      minimum: 1,
      default: 3,
      unit: 'count',
      description: 'How often each document is learned from.',
    },
    lr: { type: 'number', exclusiveMinimum: 0, default: 0.5, description: 'The learning rate of AdaGrad.' },
    held_out: {
      type: 'number',
      unit: 'fraction',
      exclusiveMinimum: 0,
      maximum: 0.9,
      default: 0.1,
      description: 'The share of the documents of each side that is measured on.',
    },
    seed: seedSetting,
  },
  positional: ['good', 'bad'],
  outputs({ settings }) {
    if (Number.isInteger(Math.log2(settings.buckets))) return [{ name: 'out', type: { kind: 'Classifier' } }]
    return {
      code: 'invalid-setting',
      at: 'buckets',
      message: `${settings.buckets} is not a power of two`,
      help: `Take ${2 ** Math.round(Math.log2(settings.buckets))}.`,
    }
  },
  metrics: () => ['accuracy', 'auc', 'documents', 'held_out'],
  resources: ({ buckets }) => ({ cpus: 1, memory: 256 * 1024 ** 2 + 24 * buckets }),
  load: () => import('./classifier.run.ts'),
})
