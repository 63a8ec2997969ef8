/** The kind `dedup`: drops documents that are copies of one before. */

import { defineKind } from '../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const dedup = defineKind({
  name: 'dedup',
  version: 1,
  summary: 'Drops documents that are copies, or near copies, of one before.',
  documentation: `\`docs |> dedup(exact) |> dedup(minhash, threshold: 0.8)\`. The first of several copies stays; the ledger shows some of the others with the id of
the one that stayed.

\`exact\` compares texts, white space and Unicode composition apart, by 128 bits of their SHA-256.

\`minhash\` compares the sets of word n-grams, in lower case, without accents and punctuation, numbers all alike, by MinHash: 14 bands of 8
rows, 5 words, as datatrove and FineWeb. Documents that agree in a band are copies, and so are copies of copies. With a \`threshold\`,
bands and rows are chosen so that a pair exactly that much alike is found in 95 of 100 cases, and what is found is compared: copies agree in at
least that part of all their hashes, an estimate of their Jaccard similarity with a standard error of 4 % (112 hashes).

Memory: 8 bytes a document and band, and with a threshold 4 bytes a hash more, 450 in all; no text is held.`,
  inputs: { docs: docsInput },
  settings: {
    method: { type: 'string', enum: ['exact', 'minhash'], description: 'What makes a copy.' },
    threshold: {
      type: 'number',
      unit: 'fraction',
      exclusiveMinimum: 0,
      maximum: 1,
      optional: true,
      description: 'Jaccard similarity from which on two documents are copies (minhash).',
    },
    words: {
      type: 'integer',
      unit: 'count',
      minimum: 1,
      maximum: 100,
      optional: true,
      description: 'Words of an n-gram (minhash); 5.',
    },
    bands: {
      type: 'integer',
      unit: 'count',
      minimum: 1,
      maximum: 1000,
      optional: true,
      description: 'Bands (minhash); 14.',
    },
    rows: {
      type: 'integer',
      unit: 'count',
      minimum: 1,
      maximum: 1000,
      optional: true,
      description: 'Hashes of a band (minhash); 8.',
    },
    seed: {
      type: 'integer',
      minimum: 0,
      optional: true,
      description: 'Another seed takes other hash functions (minhash); 1.',
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
        message: `\`${only}\` is for minhash; exact copies need none`,
        help: `Write \`dedup(minhash, ${only}: …)\`, or leave it out.`,
      }
    }
    return docsOutput()
  },
  resources: () => ({ cpus: 1, memory: 1024 ** 3 }),
  load: () => import('./dedup.run.ts'),
})
