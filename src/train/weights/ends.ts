/** The tokens that end a generated text. */

import type { Tokenizer } from '../../text/tokenizer.ts'
import { loadOrigin, originJson } from '../hugging-face/origin.ts'

/**
 * The ids that end a text of the weights in `folder`, each once: the end of a turn if there is a chat template, the end of text, and the
 * ids in the generation_config.json and config.json that the weights came with.
 */
export function endsOf(folder: string, tokenizer: Pick<Tokenizer, 'endOfText' | 'size'>, endOfTurn?: number): number[] {
  const origin = loadOrigin(folder)
  const theirs = ['generation_config.json', 'config.json'] as const
  return endsAmong(
    theirs.map((name) => originJson(origin, name)?.eos_token_id),
    tokenizer,
    endOfTurn,
  )
}

/** The same with the `eos_token_id` of each file: a number, a list of numbers, null or undefined. */
export function endsAmong(
  theirs: readonly unknown[],
  { endOfText, size }: Pick<Tokenizer, 'endOfText' | 'size'>,
  endOfTurn?: number,
): number[] {
  const isId = (id: unknown): id is number => Number.isInteger(id) && Number(id) >= 0 && Number(id) < size
  return [...new Set([endOfTurn, endOfText, ...theirs.flat()].filter(isId))]
}
