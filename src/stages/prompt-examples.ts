/** The prompts that a model is to answer: read, and rendered by the chat template up to where the answer begins. */

import type { Prompt } from '../core/conversation.ts'
import { readExamples, textsOf } from '../data/conversations/examples.ts'
import { Document } from '../data/document.ts'
import type { LedgerBook } from '../data/ledger.ts'
import type { ChatEncoder } from '../text/chat/encode-chat.ts'

export interface EncodedPrompt {
  readonly prompt: Prompt
  readonly ids: Uint32Array
}

export interface PromptOptions {
  readonly encoder: ChatEncoder
  /** A prompt of more tokens is left out, and in the ledger. */
  readonly longest: number
  /** The stage, as the ledger calls it. */
  readonly step: string
  readonly book: LedgerBook
}

/** Reads the Prompts in `folder`, in order. */
export async function* encodedPrompts(folder: string, options: PromptOptions): AsyncGenerator<EncodedPrompt> {
  const { encoder, longest, step, book } = options
  const tooLong = book.rule(`${step}: the prompt leaves no room for an answer`)
  for await (const { examples } of readExamples(folder, 'Prompts'))
    for (const prompt of examples) {
      const text = textsOf(prompt).join('\n\n')
      const ids = encoder.prompt(prompt.messages)
      book.in.add(Buffer.byteLength(text))
      if (ids.length > longest) tooLong.drop(new Document(text, prompt.id), () => `${ids.length} tokens`)
      else yield { prompt, ids }
    }
}
