/** Compares two tokenizers by what their ids stand for. */

import { StageError } from '../../../core/failure.ts'
import type { Tokenizer } from '../../../text/tokenizer.ts'

type Tokens = Pick<Tokenizer, 'size' | 'idToToken'>

/**
 * Throws a StageError if an id that both tokenizers have stands for different tokens. Returns the number of tokens of `after` whose ids stand
 * for nothing in `before`, within its size.
 */
export function checkSameTokens(before: Tokens, after: Tokens): number {
  let filled = 0
  for (let id = 0; id < Math.min(before.size, after.size); id++) {
    const [old, now] = [before.idToToken(id), after.idToToken(id)]
    if (old === now) continue
    if (old !== undefined)
      throw new StageError(
        'tokenizer-mismatch',
        `the tokens are not those of the weights: the id ${id} is ${quoted(old)} for the weights, and ${quoted(now)} in the other tokenizer`,
        'Use the tokenizer of the weights, or one that only adds tokens after its last.',
      )
    filled++
  }
  return filled
}

function quoted(token: string | undefined): string {
  return token === undefined ? 'no token' : JSON.stringify(token)
}
