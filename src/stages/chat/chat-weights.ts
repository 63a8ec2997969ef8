/** Weights of a chat model: the model, its tokenizer and its chat template. */

import { StageError } from '../../core/failure.ts'
import { loadTemplate } from '../../text/chat/saved.ts'
import { type ChatTemplate, inWords, templateIdentity } from '../../text/chat/template.ts'
import { loadTokenizer } from '../../text/load.ts'
import type { Tokenizer } from '../../text/tokenizer.ts'
import { endsOf } from '../../train/weights/ends.ts'
import { type LoadedWeights, loadWeights } from '../../train/weights/weights.ts'

export interface ChatWeights extends LoadedWeights {
  readonly tokenizer: Tokenizer
  readonly template: ChatTemplate
  /** The ids that end an answer. */
  readonly ends: readonly number[]
}

/**
 * Loads weights with their template, or with `given` if they have none. A StageError if there is no template, or if the two templates
 * differ.
 */
export function loadChatWeights(folder: string, given?: ChatTemplate): ChatWeights {
  const loaded = loadWeights(folder)
  const own = loadTemplate(folder)
  const template = own ?? given
  if (template === undefined) throw withoutTemplate()
  if (given !== undefined && own !== undefined && templateIdentity(given) !== templateIdentity(own))
    throw new StageError(
      'template-mismatch',
      `the weights were fine-tuned with ${inWords(templateIdentity(own))}, not with ${templateIdentity(given)}`,
      'Leave `template` out: the weights bring theirs.',
    )
  const tokenizer = loadTokenizer(folder)
  return { ...loaded, tokenizer, template, ends: endsOf(folder, tokenizer, tokenizer.special.get(template.end)) }
}

/** The error for weights without a chat template. */
export function withoutTemplate(): StageError {
  return new StageError(
    'no-template',
    'these weights have no chat template: they do not know how a conversation is written',
    'Fine-tune them first (sft(…, template: chatml)), or give `template:` if the stage has that setting.',
  )
}
