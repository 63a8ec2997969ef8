/** The prompts that a model answers: read, and rendered by the chat template up to the answer. */

import type { Prompt } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import type { StageContext } from '../../core/kind/stage.ts'
import { readExamples, textsOf } from '../../data/conversations/examples.ts'
import { Document } from '../../data/document.ts'
import type { LedgerBook } from '../../data/ledger.ts'
import type { ChatEncoder } from '../../text/chat/encode-chat.ts'
import { Refusals } from './refusals.ts'

export interface EncodedPrompt {
  readonly prompt: Prompt
  readonly ids: Uint32Array
}

export interface PromptOptions {
  readonly encoder: ChatEncoder
  /** A prompt of more tokens is left out, and counted in the ledger. */
  readonly longest: number
  /** The name of the stage in the ledger. */
  readonly step: string
  readonly book: LedgerBook
  readonly stage: Pick<StageContext, 'emit'>
}

/** Reads the Prompts in `folder`, in order. Prompts that the template refuses, or that are too long, are counted, with a warning. */
export async function* encodedPrompts(folder: string, options: PromptOptions): AsyncGenerator<EncodedPrompt> {
  const { encoder, longest, step, book, stage } = options
  const tooLong = book.rule(`${step}: the prompt leaves no room for an answer`)
  const refusals = new Refusals(book, step)
  let given = 0
  for await (const { examples } of readExamples(folder, 'Prompts'))
    for (const prompt of examples) {
      const text = textsOf(prompt).join('\n\n')
      book.in.add(Buffer.byteLength(text))
      const ids = refusals.attempt(prompt.id, text, () => encoder.prompt(prompt.messages, prompt.tools))
      if (ids === undefined) continue
      if (ids.length > longest) tooLong.drop(new Document(text, prompt.id), () => `${ids.length} tokens`)
      else {
        given++
        yield { prompt, ids }
      }
    }
  refusals.warn(stage)
  if (tooLong.documents > 0) {
    const [lost, all] = [tooLong.documents, book.in.documents].map((number) => number.toLocaleString('en-US'))
    const message = `${lost} of ${all} prompts left out: they have more than ${longest.toLocaleString('en-US')} tokens, and leave no room for an answer`
    stage.emit({ event: 'log', level: 'warning', message })
  }
  if (given === 0 && refusals.why !== '')
    throw new StageError('nothing-left', `no prompt is left to answer${refusals.why}`, refusals.help)
}
