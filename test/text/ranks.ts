/** The ranks that js-tiktoken comes with, as tokenizers of ours. */

import type { TiktokenBPE } from 'js-tiktoken/lite'
import { parseTiktoken, tiktokenTokenizer } from '../../src/text/tiktoken.ts'
import type { Tokenizer } from '../../src/text/tokenizer.ts'

/** js-tiktoken packs ranks as lines of `! <first rank> <base64> <base64> …`; in a .tiktoken file they are one a line. */
export function rankFile(packed: string): string {
  return packed
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [, first, ...tokens] = line.split(' ')
      return tokens.map((token, i) => `${token} ${Number(first) + i}`)
    })
    .join('\n')
}

export function tiktoken(ranks: TiktokenBPE): Tokenizer {
  return tiktokenTokenizer(parseTiktoken(rankFile(ranks.bpe_ranks)), {
    pattern: ranks.pat_str,
    special: ranks.special_tokens,
    endOfText: '<|endoftext|>',
  })
}
