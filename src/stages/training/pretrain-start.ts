/** The model and the weights that a pre-training starts from: those of an earlier training, or none. */

import type { StageContext } from '../../core/kind/stage.ts'
import type { Tensors } from '../../engine/engine.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { loadTemplate } from '../../text/chat/saved.ts'
import type { ChatTemplate } from '../../text/chat/template.ts'
import { loadTokenizer } from '../../text/load.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import { loadOrigin } from '../../train/hugging-face/origin.ts'
import { grownTo, withContext, withVocabulary } from '../../train/weights/grow.ts'
import { loadWeights } from '../../train/weights/weights.ts'
import { countOf } from '../shared/amounts.ts'
import { checkSameTokens } from './checks/same-tokens.ts'

export interface EarlierWeights {
  readonly model: ModelSpec
  readonly tensors: Tensors
  /** The tokenizer of the tokens or, if it has more ids, that of the weights; and the folder that has its files. */
  readonly tokenizer: Tokenizer
  readonly tokenizerFolder: string
  /** Whether the settings of the folder of Hugging Face that the weights came from still describe them. */
  readonly keepsOrigin: boolean
  readonly template: ChatTemplate | undefined
}

export interface StartOptions {
  /** The folder of the weights. */
  readonly from: string
  /** The folder of the tokens to learn from. */
  readonly on: string
  /** The model that the program declares; default: that of the weights. */
  readonly declared: ModelSpec | undefined
  readonly context: number | undefined
}

/**
 * Loads weights to train further, with new rows for new tokens and for a longer context. Throws a StageError if the tokenizers contradict
 * each other or the weights do not fit the model.
 */
export function earlierWeights(
  { from, on, declared, context }: StartOptions,
  { emit }: Pick<StageContext, 'emit'>,
): EarlierWeights {
  const note = (message: string, level: 'info' | 'warning' = 'info') => emit({ event: 'log', level, message })
  const own = loadWeights(from)
  const [before, after] = [loadTokenizer(from), loadTokenizer(on)]
  const filled = checkSameTokens(before, after)
  const isLarger = after.size > before.size
  const tokenizer = isLarger ? after : before
  const size = Math.max(tokenizer.size, typeof own.model.vocab === 'number' ? own.model.vocab : 0)
  const model = declared ?? withVocabulary(withContext(own.model, context ?? own.model.context), size)
  const { tensors, notes } = grownTo(model, tokenizer.size, own.tensors)
  if (filled > 0) note(`${countOf(filled, 'new token')} with rows that the weights have already`)
  // A tokenizer of another folder may have more tokens than its user knows.
  for (const message of notes) note(message, 'warning')
  if (model.context > own.model.context)
    note(`the context grows from ${own.model.context} to ${model.context} tokens: positions beyond are learned now`)
  const keepsOrigin = declared === undefined && model === own.model
  if (!keepsOrigin && loadOrigin(from) !== undefined)
    note('config.json of the folder that the weights came from is not kept: the model has other sizes', 'warning')
  return {
    ...{ model, tensors, tokenizer, tokenizerFolder: isLarger ? on : from, keepsOrigin },
    template: loadTemplate(from),
  }
}
