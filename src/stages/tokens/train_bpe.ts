/** The kind `train_bpe`: learns a byte-level BPE tokenizer from documents. */

import { specialTokens } from '../../text/special.ts'
import { splitProblem } from '../../text/split/splitter.ts'
import { defineKind } from '../shared/define-kind.ts'
import { endOfTextSetting, specialProblem, specialSetting } from './special-settings.ts'

export const trainBpe = defineKind({
  name: 'train_bpe',
  version: 3,
  summary: 'Trains a byte-level BPE tokenizer on documents.',
  documentation: `Text is split by \`pattern\`, and within the pieces the most frequent pair of adjacent tokens is merged until
there are \`vocab\` ids (Sennrich et al. 2016; on bytes: Radford et al. 2019). Every text can be encoded, and decoding gives it back.

Ids: the 256 bytes in the order of GPT-2's alphabet, the merges in the order they were found, the special tokens last. Of equally
frequent pairs the one with the lower ids is merged, as in Hugging Face's trainer. No merge makes the text of a special token. If the corpus is
too small for \`vocab\`, there are fewer tokens; \`vocab\` stays the size that models are made for.`,
  inputs: { docs: { kinds: ['Docs'], description: 'The documents to learn from.' } },
  settings: {
    vocab: {
      type: 'integer',
      minimum: 1,
      unit: 'count',
      description: 'The number of ids: 256 bytes, merges and special tokens together.',
    },
    pattern: {
      type: 'string',
      enum: ['gpt2', 'gpt4'],
      orString: true,
      default: 'gpt4',
      description:
        'How text is split into pieces, which tokens never cross: the pattern of GPT-2, that of GPT-4, or a regular expression.',
    },
    end_of_text: endOfTextSetting('<|endoftext|>'),
    special: specialSetting,
    min_frequency: {
      type: 'integer',
      minimum: 1,
      default: 2,
      unit: 'count',
      description: 'The least number of times that a pair occurs; rarer pairs are not merged.',
    },
  },
  positional: ['docs'],
  outputs({ settings, self }) {
    const vocab = settings.vocab as number
    const specials = specialTokens(settings.end_of_text as string, settings.special as string[])
    const misfit = specialProblem(specials)
    if (misfit !== undefined) return misfit
    const { tokens } = specials
    const special = tokens.length
    if (vocab < 256 + special) {
      return {
        code: 'invalid-setting',
        at: 'vocab',
        message: `vocab is ${vocab}, but 256 bytes and ${special} special token${special === 1 ? '' : 's'} need ${256 + special}`,
        help: 'For a smaller vocabulary use characters(docs).',
      }
    }
    const problem = splitProblem(settings.pattern as string)
    if (problem !== undefined) return { code: 'invalid-setting', at: 'pattern', ...problem }
    return [{ name: 'out', type: { kind: 'Tokenizer', tokenizer: self, size: vocab, special: tokens } }]
  },
  resources: () => ({ cpus: 1, memory: 1024 ** 3 }),
  hasParts: () => true,
  load: () => import('./train_bpe.run.ts'),
})
