/** Special tokens: their ids follow all others, in the order of their declaration, with the end of text first. */

import { fromAlphabet } from './bpe/byte-alphabet.ts'

/** Common names of the end-of-text token. A tokenizer from a file uses the first of them that it has. */
export const endOfTextNames = [
  '<|endoftext|>',
  '<|end_of_text|>',
  '</s>',
  '<eos>',
  '<|eos|>',
  '<｜end▁of▁sentence｜>',
] as const

export interface SpecialTokens {
  /** Distinct, in the order of their ids. */
  readonly tokens: readonly string[]
  readonly endOfText: string | undefined
}

/** The special tokens of a declaration: the end of text, unless it is empty, and then the others. */
export function specialTokens(endOfText: string, others: readonly string[]): SpecialTokens {
  const tokens = [...new Set([...(endOfText === '' ? [] : [endOfText]), ...others])].filter((token) => token !== '')
  return { tokens, endOfText: endOfText === '' ? undefined : endOfText }
}

/** The ids of the tokens, beginning with `first`. */
export function numbered(special: SpecialTokens, first: number): Map<string, number> {
  return new Map(special.tokens.map((token, i) => [token, first + i]))
}

/**
 * The special token that tokenizer.json would write like a single byte, such as `s` or `Ġ`, and that would replace that byte;
 * `undefined` if there is none.
 */
export function specialByte({ tokens }: SpecialTokens): string | undefined {
  return tokens.find((token) => fromAlphabet(token)?.length === 1)
}
