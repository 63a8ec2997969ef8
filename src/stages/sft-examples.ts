/** The conversations that fine-tuning learns from: read, rendered by the chat template, fitted into the context. */

import type { Ledger } from '../core/artefact.ts'
import { StageError } from '../core/failure.ts'
import { Random } from '../core/random.ts'
import { keyOf, readExamples, textsOf } from '../data/conversations/examples.ts'
import { Document } from '../data/document.ts'
import { LedgerBook } from '../data/ledger.ts'
import { chatEncoder } from '../text/chat/encode-chat.ts'
import { fitChat, type TooLong } from '../text/chat/fit.ts'
import type { ChatTemplate } from '../text/chat/template.ts'
import type { Tokenizer } from '../text/tokenizer.ts'
import type { LearnedSequence } from '../train/sft-batches.ts'

export interface SftExamples {
  readonly train: readonly LearnedSequence[]
  readonly heldOut: readonly LearnedSequence[]
  readonly ledger: Ledger
}

export interface SftExampleOptions {
  readonly template: ChatTemplate
  readonly tokenizer: Tokenizer
  readonly context: number
  readonly tooLong: TooLong
  /** The folder of pairs to measure on; without it, a share of the prompts is kept aside. */
  readonly validate?: string | undefined
  readonly heldOut: number
  readonly seed: number
}

/**
 * Reads the pairs in `folder`. A prompt is on one side of the split only. What does not fit the context, or has nothing left to
 * learn, is in the ledger; a StageError where nothing is left to learn from.
 */
export async function sftExamples(folder: string, options: SftExampleOptions): Promise<SftExamples> {
  const { template, tokenizer, context, tooLong, validate, heldOut, seed } = options
  const encoder = chatEncoder(template, tokenizer)
  const book = new LedgerBook()
  const dropped = {
    'too long': book.rule('sft: longer than the context'),
    'nothing left to learn': book.rule('sft: nothing of an answer fits the context'),
  }
  const cut = book.step('sft: cut to fit the context')

  const read = async (from: string): Promise<LearnedSequence[][]> => {
    const byPrompt = new Map<string, LearnedSequence[]>()
    for await (const { examples } of readExamples(from, 'Pairs')) {
      for (const pair of examples) {
        const text = textsOf(pair).join('\n\n')
        book.in.add(Buffer.byteLength(text))
        const fitted = fitChat(encoder.conversation(pair.messages), context, tooLong)
        if ('rule' in fitted) {
          dropped[fitted.rule].drop(new Document(text, pair.id), () => undefined)
          continue
        }
        if (fitted.cut > 0) cut.documents++
        book.out.add(Buffer.byteLength(text))
        const { ids, mask } = fitted
        const key = keyOf(pair.messages.slice(0, -1))
        const learned = mask.subarray(1).reduce((sum, bit) => sum + bit, 0)
        byPrompt.set(key, [...(byPrompt.get(key) ?? []), { ids, mask, learned }])
      }
    }
    return [...byPrompt.values()]
  }

  const prompts = await read(folder)
  const aside = new Set(
    validate === undefined && heldOut > 0
      ? new Random(seed, 'held out').permutation(prompts.length).subarray(0, Math.max(1, heldOut * prompts.length))
      : [],
  )
  const train = prompts.filter((_, i) => !aside.has(i)).flat()
  if (train.length === 0)
    throw new StageError(
      'too-few-pairs',
      `of ${prompts.length} prompt${prompts.length === 1 ? '' : 's'} that fit the context of ${context} tokens, none is left to learn from`,
      'Give it more pairs, lower `held_out`, or cut what is too long (too_long: cut_end).',
    )
  const measured = validate === undefined ? prompts.filter((_, i) => aside.has(i)) : await read(validate)
  return { train, heldOut: measured.flat(), ledger: book.ledger() }
}
