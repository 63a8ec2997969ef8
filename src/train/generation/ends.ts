/** Which tokens end what a model writes. */

import type { Tokenizer } from '../../text/tokenizer.ts'
import { loadOrigin, originJson } from '../hugging-face/origin.ts'

/**
 * The ids that end a text of the weights in `folder`, each once: that of the end of a turn if there is a template, the end of
 * text, and those that the generation_config.json and config.json they came with name.
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

/** The same of what the files say: numbers, lists of numbers, null or nothing. */
export function endsAmong(
  theirs: readonly unknown[],
  { endOfText, size }: Pick<Tokenizer, 'endOfText' | 'size'>,
  endOfTurn?: number,
): number[] {
  const isId = (id: unknown): id is number => Number.isInteger(id) && Number(id) >= 0 && Number(id) < size
  return [...new Set([endOfTurn, endOfText, ...theirs.flat()].filter(isId))]
}
