/** A BPE tokenizer trained on texts, as the kind `train_bpe` makes it. */

import { bpeTokenizer } from '../../src/text/bpe/bpe.ts'
import { PieceCounter } from '../../src/text/bpe/piece-counter.ts'
import { trainBpe } from '../../src/text/bpe/train-bpe.ts'
import { numbered, specialTokens } from '../../src/text/special.ts'
import { stepsOf } from '../../src/text/split/steps.ts'
import type { Tokenizer } from '../../src/text/tokenizer.ts'
import { makeVocabulary } from '../../src/text/vocabulary.ts'

export function trained(
  texts: readonly string[],
  options: { readonly pattern: string | undefined; readonly tokens: number; readonly size?: number },
): Tokenizer {
  const counter = new PieceCounter(options.pattern)
  for (const text of texts) counter.add(text)
  const { tokens, merges } = trainBpe(counter, { tokens: options.tokens, minFrequency: 2 })
  const special = specialTokens('<|endoftext|>', ['<|im_start|>'])
  const vocabulary = makeVocabulary(tokens, numbered(special, tokens.length), {
    endOfText: special.endOfText,
    size: options.size,
  })
  return bpeTokenizer({ type: 'bpe', split: stepsOf(options.pattern), merges, ignoreMerges: false }, vocabulary)
}
