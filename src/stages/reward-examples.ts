/** The rankings a reward model learns from: read, rendered by the chat template, and split by prompt. */

import type { Ledger } from '../core/artefact.ts'
import type { Ranking } from '../core/conversation.ts'
import { StageError } from '../core/failure.ts'
import { Random } from '../core/random.ts'
import { keyOf, readExamples, textsOf } from '../data/conversations/examples.ts'
import { Document } from '../data/document.ts'
import { LedgerBook } from '../data/ledger.ts'
import { chatEncoder } from '../text/chat/encode-chat.ts'
import type { ChatTemplate } from '../text/chat/template.ts'
import type { Tokenizer } from '../text/tokenizer.ts'
import type { RankedSequences } from '../train/ranking-batches.ts'

export interface RewardExamples {
  readonly train: readonly RankedSequences[]
  readonly heldOut: readonly RankedSequences[]
  readonly ledger: Ledger
}

export interface RewardExampleOptions {
  readonly template: ChatTemplate
  readonly tokenizer: Tokenizer
  readonly context: number
  /** What is done with a conversation longer than the context: its beginning is cut off, or the answer is left out. */
  readonly tooLong: 'drop' | 'cut_start'
  /** The share of the prompts that is not learned from. */
  readonly heldOut: number
  readonly seed: number
}

/**
 * Reads the rankings in `folder`. Each answer is rendered with its prompt and kept up to its end token, where the score is read.
 * A prompt is on one side of the split only, with all its rankings. What is too long, or has nothing left to compare, is in the
 * ledger; a StageError where nothing is left on a side.
 */
export async function rewardExamples(folder: string, options: RewardExampleOptions): Promise<RewardExamples> {
  const { template, tokenizer, context, tooLong, heldOut, seed } = options
  const encoder = chatEncoder(template, tokenizer)
  const book = new LedgerBook()
  const left = book.rule('rankings: fewer than two answers of different ranks fit the context')
  const without = book.step('rankings: an answer longer than the context left out')
  const cut = book.step('rankings: a beginning cut off that did not fit the context')
  const byPrompt = new Map<string, RankedSequences[]>()

  const encode = (ranking: Ranking): RankedSequences => {
    const sequences: Uint32Array[] = []
    const prompts: number[] = []
    const ranks: number[] = []
    for (const [i, content] of ranking.responses.entries()) {
      const { ids, turns } = encoder.conversation([...ranking.messages, { role: 'assistant', content }])
      const { start, end } = turns.at(-1)!
      const whole = ids.subarray(0, end)
      if (whole.length > context && tooLong === 'drop') {
        without.documents++
        continue
      }
      if (whole.length > context) cut.documents++
      sequences.push(whole.slice(-context))
      prompts.push(Math.max(1, start - Math.max(0, whole.length - context)))
      ranks.push(ranking.ranks[i]!)
    }
    return { sequences, prompts, ranks }
  }

  for await (const { examples } of readExamples(folder, 'Rankings')) {
    for (const ranking of examples) {
      const text = textsOf(ranking).join('\n\n')
      book.in.add(Buffer.byteLength(text))
      const encoded = encode(ranking)
      if (new Set(encoded.ranks).size < 2) {
        left.drop(new Document(text, ranking.id), () => undefined)
        continue
      }
      book.out.add(Buffer.byteLength(text))
      const key = keyOf(ranking.messages)
      byPrompt.set(key, [...(byPrompt.get(key) ?? []), encoded])
    }
  }

  const prompts = [...byPrompt.values()]
  const held = heldOut === 0 ? 0 : Math.max(1, Math.round(heldOut * prompts.length))
  if (prompts.length - held < 1) throw tooFew(prompts.length, held, left.documents)
  const order = new Random(seed, 'held out').permutation(prompts.length)
  const aside = new Set(order.subarray(0, held))
  return {
    train: prompts.filter((_, i) => !aside.has(i)).flat(),
    heldOut: prompts.filter((_, i) => aside.has(i)).flat(),
    ledger: book.ledger(),
  }
}

function tooFew(prompts: number, held: number, dropped: number): StageError {
  const lost = dropped > 0 ? `; ${dropped} rankings do not fit the context` : ''
  return new StageError(
    'too-few-rankings',
    `there are rankings of ${prompts} prompt${prompts === 1 ? '' : 's'}, of which ${held} would be held out: none is left to learn from${lost}`,
    'Give it more rankings, lower `held_out`, or cut what is too long (too_long: cut_start).',
  )
}
