/** The kind `contamination`: how much of the texts that models are measured on is in the texts that they learned from. */

import { comparedKinds } from '../../data/contamination/compared.ts'
import { versionWithWords } from '../../data/words/segmentation.ts'
import { defineKind } from '../shared/define-kind.ts'

export const contamination = defineKind({
  name: 'contamination',
  version: versionWithWords(1),
  summary: 'Finds texts to measure on among the texts that a model learned from.',
  documentation: `\`stage leaks = contamination(test, learned: [train, pairs])\`, then \`expect leaks.contaminated == 0\`. A run adds such a stage by itself for each \`on\` of
\`evaluate\`, for the prompts of \`win_rate\` and for each \`validate\`: it is compared with everything that any training in the ancestry of the measured models learned from.
\`contamination: off\` in those calls leaves it out.

A text is contaminated if at least \`share\` of its words are in 8-grams that occur in what was learned (Llama 3, section 5.1.4, counts tokens in 8-grams; Llama 2, appendix A.6, calls samples
from 80 % on dirty). \`shared_13\` is the share of texts that have one 13-gram in common with it, whatever their length (GPT-3, appendix C). Words are compared without case and punctuation; in scripts
without spaces they are those that ICU finds. N-grams do not cross the messages of a conversation or the fields of a question. Texts of fewer than 8 words are contaminated if what was learned has a text
of exactly these words.

If more than \`limit\` of the texts are contaminated, every run that uses the result warns, and a run with \`--strict\` fails. The output lists the contaminated texts, each with the document that has most of
it (\`contaminated.jsonl\`).

Memory grows with the measured texts, by some 100 bytes for each word, and not with what was learned.`,
  inputs: {
    of: { kinds: comparedKinds, description: 'The texts to measure on.' },
    learned: {
      kinds: comparedKinds,
      list: true,
      named: true,
      spares: true,
      description: 'The texts that were learned from.',
    },
  },
  settings: {
    share: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.8,
      unit: 'fraction',
      description: 'The least share of the words of a contaminated text that are in 8-grams in common.',
    },
    limit: {
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 0.01,
      unit: 'fraction',
      description: 'The largest share of contaminated texts without a warning.',
    },
    words: {
      type: 'integer',
      minimum: 1,
      default: 2_000_000,
      unit: 'count',
      description: 'The words to measure on after which further texts are left out. The run says how many were.',
    },
  },
  positional: ['of', 'learned'],
  outputs: () => [{ name: 'out', type: { kind: 'Report' } }],
  metrics: () => ['contaminated', 'covered_8', 'covered_13', 'shared_13', 'texts', 'contaminated[]', 'shared_13[]'],
  resources: () => ({ cpus: 1, memory: 1024 ** 3 }),
  hasParts: () => true,
  memoryHelp: 'Lower `words`, the words to measure on that are compared.',
  load: () => import('./contamination.run.ts'),
})
