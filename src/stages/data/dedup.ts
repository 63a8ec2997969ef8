/** The kind `dedup`: drops documents that are copies of an earlier one. */

import { defineKind } from '../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const dedup = defineKind({
  name: 'dedup',
  version: 1,
  summary: 'Drops documents that are copies, or near copies, of an earlier one.',
  documentation: `\`docs |> dedup(exact) |> dedup(minhash, threshold: 0.8)\`. The first of several copies stays. The ledger shows some of the dropped
documents with the id of the one that stayed.

\`exact\` compares texts by 128 bits of their SHA-256, without regard to white space and Unicode composition.

\`minhash\` compares the sets of word n-grams by MinHash, in lower case, without accents and punctuation, with all numbers equal: 14 bands
of 8 rows and 5 words, as datatrove and FineWeb. Documents that agree in a band are copies, and so are copies of copies. With a \`threshold\`,
bands and rows are chosen so that a pair of exactly that similarity is found in 95 of 100 cases. The pairs found are compared: copies agree in
at least that share of all their hashes, an estimate of their Jaccard similarity with a standard error of 4 % (112 hashes).

Memory per document: 8 bytes for each band, and with a threshold 4 bytes for each hash, about 450 bytes in all. No text is held.`,
  inputs: { docs: docsInput },
  settings: {
    method: { type: 'string', enum: ['exact', 'minhash'], description: 'How copies are found.' },
    threshold: {
      type: 'number',
      unit: 'fraction',
      exclusiveMinimum: 0,
      maximum: 1,
      optional: true,
      description: 'The least Jaccard similarity of copies (minhash).',
    },
    words: {
      type: 'integer',
      unit: 'count',
      minimum: 1,
      maximum: 100,
      optional: true,
      description: 'The words of an n-gram (minhash); default 5.',
    },
    bands: {
      type: 'integer',
      unit: 'count',
      minimum: 1,
      maximum: 1000,
      optional: true,
      description: 'The number of bands (minhash); default 14.',
    },
    rows: {
      type: 'integer',
      unit: 'count',
      minimum: 1,
      maximum: 1000,
      optional: true,
      description: 'The hashes of a band (minhash); default 8.',
    },
    seed: {
      type: 'integer',
      minimum: 0,
      optional: true,
      description: 'The seed of the hash functions (minhash); default 1.',
    },
  },
  positional: ['docs', 'method'],
  outputs({ settings }) {
    const only = (['threshold', 'words', 'bands', 'rows', 'seed'] as const).find((name) => settings[name] !== undefined)
    if (settings.method === 'exact' && only !== undefined) {
      return {
        code: 'invalid-setting',
        at: only,
        other: 'method',
        message: `\`${only}\` is for minhash and has no meaning for exact copies`,
        help: `Write \`dedup(minhash, ${only}: …)\`, or leave it out.`,
      }
    }
    return docsOutput()
  },
  resources: () => ({ cpus: 1, memory: 1024 ** 3 }),
  load: () => import('./dedup.run.ts'),
})
