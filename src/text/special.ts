/** Special tokens: ids after all others, in the order they are declared, the end of text first. */

import { fromAlphabet } from './bpe/byte-alphabet.ts'

/** Names under which the end of a text is known elsewhere; in a tokenizer read from a file, the first it has. */
export const endOfTextNames = [
  '<|endoftext|>',
  '<|end_of_text|>',
  '</s>',
  '<eos>',
  '<|eos|>',
  '<｜end▁of▁sentence｜>',
] as const

export interface SpecialTokens {
  /** In the order of their ids, each once. */
  readonly tokens: readonly string[]
  readonly endOfText: string | undefined
}

/** The special tokens of a declaration: the end of text (none if empty) before the others. */
export function specialTokens(endOfText: string, others: readonly string[]): SpecialTokens {
  const tokens = [...new Set([...(endOfText === '' ? [] : [endOfText]), ...others])].filter((token) => token !== '')
  return { tokens, endOfText: endOfText === '' ? undefined : endOfText }
}

/** Their ids, from `first` on. */
export function numbered(special: SpecialTokens, first: number): Map<string, number> {
  return new Map(special.tokens.map((token, i) => [token, first + i]))
}

/**
 * The special token, if there is one, that is written in tokenizer.json as a single byte is: `s`, `Ġ`. One of the two would
 * take the place of the other.
 */
export function specialByte({ tokens }: SpecialTokens): string | undefined {
  return tokens.find((token) => fromAlphabet(token)?.length === 1)
}
