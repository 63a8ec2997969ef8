/** The kind `dedup`: drops documents that are copies of an earlier one, or the lines, paragraphs and substrings that are. */

import { versionWithWords } from '../../data/words/segmentation.ts'
import { defineKind } from '../shared/define-kind.ts'
import { docsInput, docsOutput } from './documents/docs-output.ts'

export const dedup = defineKind({
  name: 'dedup',
  version: versionWithWords(3),
  summary:
    'Drops documents that are copies, or near copies, of an earlier one; or repeated lines, paragraphs or substrings.',
  documentation: `\`docs |> dedup(exact) |> dedup(minhash, threshold: 0.8)\`. The first of several copies stays. The ledger shows some of the dropped
documents with the id of the one that stayed.

\`against: [earlier]\` compares with documents that are not written again: \`dedup(new, minhash, against: [old])\` has the new documents without copies
of old ones and of each other. The ledger counts both apart.

\`exact\` compares texts by 128 bits of their SHA-256, without regard to white space and Unicode composition.

\`bloom\` drops the same copies with a filter of 2 to 4 bytes for each document, for corpora whose digests do not fit in memory. A document without a copy is dropped too
with a probability of at most \`false_positives\`; the filter is made for the number of documents that there are. It does not know which document stayed.

\`minhash\` compares the sets of word n-grams by MinHash, in lower case, without accents and punctuation, with all numbers equal: 14 bands
of 8 rows and 5 words, as datatrove and FineWeb. Documents that agree in a band are copies, and so are copies of copies. With a \`threshold\`,
bands and rows are chosen so that a pair of exactly that similarity is found in 95 of 100 cases. The pairs found are compared: copies agree in
at least that share of all their hashes, an estimate of their Jaccard similarity with a standard error of 4 % (112 hashes). Signatures are
kept in parts: if documents are added, only theirs are computed.

\`lines\` and \`paragraphs\` remove each line, or each text between blank lines, that occurred before in any document, as CCNet does with paragraphs; a
document of which nothing is left is dropped. \`min_words\` spares short ones.

\`substring\` removes each stretch of at least \`length\` bytes of UTF-8 that occurred before, in an earlier document or earlier in the same one, wherever it begins: copied passages inside
of other text. It is EXACTSUBSTR of Lee et al. 2021 over bytes instead of tokens, by a suffix array: exactly those bytes are removed that are in a window of \`length\` bytes that is equal to an
earlier one, which it does not overlap. The first occurrence stays, and a character of which only a part is repeated. A document of which nothing is left is dropped. It sorts 1 to 2 MB a second. Up to \`at_once\` bytes
need about seven times as much memory; a larger corpus is compared in pairs of pieces, with the same result, in time that grows with the square of its size.

Memory per document: 3 bytes for \`bloom\`, 20 to 40 bytes for \`exact\`, as much per line or paragraph; for \`minhash\` 8 bytes for each band, and with a threshold 4 bytes for each
hash, about 450 bytes in all. No text is held.`,
  inputs: {
    docs: docsInput,
    against: {
      kinds: ['Docs'],
      list: true,
      optional: true,
      description: 'Documents to compare with, which are not in the output.',
    },
  },
  settings: {
    method: {
      type: 'string',
      enum: ['exact', 'minhash', 'bloom', 'lines', 'paragraphs', 'substring'],
      description: 'How copies are found.',
    },
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
    false_positives: {
      type: 'number',
      unit: 'fraction',
      exclusiveMinimum: 0,
      maximum: 0.5,
      optional: true,
      description: 'The largest probability that a document without a copy is dropped (bloom); default 0.001%.',
    },
    length: {
      type: 'integer',
      unit: 'count',
      minimum: 8,
      maximum: 1_000_000,
      optional: true,
      description:
        'The least length of a repeated substring, in bytes (substring); default 200, about 50 tokens of English.',
    },
    at_once: {
      type: 'integer',
      unit: 'bytes',
      minimum: 1024,
      maximum: 2_000_000_000,
      optional: true,
      hint: true,
      description:
        'The most bytes of text in one suffix array (substring); default 128 MB, which need about 1 GB of memory.',
    },
    min_words: {
      type: 'integer',
      unit: 'count',
      minimum: 1,
      maximum: 1000,
      optional: true,
      description: 'The least words of a line or paragraph to remove (lines, paragraphs); default 1.',
    },
  },
  positional: ['docs', 'method'],
  outputs({ settings }) {
    const { method } = settings
    if (settings.min_words !== undefined && method !== 'lines' && method !== 'paragraphs') {
      return {
        code: 'invalid-setting',
        at: 'min_words',
        other: 'method',
        message: '`min_words` is for lines and paragraphs and has no meaning for whole documents',
        help: `Leave it out, or drop short documents before: \`keep(where: words >= ${settings.min_words})\`.`,
      }
    }
    if (settings.false_positives !== undefined && method !== 'bloom') {
      return {
        code: 'invalid-setting',
        at: 'false_positives',
        other: 'method',
        message: `\`false_positives\` is for bloom, and ${method} drops no document by mistake`,
        help: 'Write `dedup(bloom, false_positives: …)`, or leave it out.',
      }
    }
    if (settings.length !== undefined && method !== 'substring') {
      return {
        code: 'invalid-setting',
        at: 'length',
        other: 'method',
        message: `\`length\` is for substring and has no meaning for ${method === 'exact' || method === 'bloom' ? 'exact copies' : method}`,
        help: 'Write `dedup(substring, length: …)`, or leave it out.',
      }
    }
    const only = (['threshold', 'words', 'bands', 'rows', 'seed'] as const).find((name) => settings[name] !== undefined)
    if (method !== 'minhash' && only !== undefined) {
      return {
        code: 'invalid-setting',
        at: only,
        other: 'method',
        message: `\`${only}\` is for minhash and has no meaning for ${method === 'exact' || method === 'bloom' ? 'exact copies' : method}`,
        help: `Write \`dedup(minhash, ${only}: …)\`, or leave it out.`,
      }
    }
    return docsOutput()
  },
  resources: () => ({ cpus: 1, memory: 1024 ** 3 }),
  hasParts: ({ method }) => method === 'minhash',
  load: () => import('./dedup.run.ts'),
})
