/** The rankings that a model learns from: read, rendered by the chat template, and split by prompt. */

import type { Ranking } from '../../../core/conversation.ts'
import { StageError } from '../../../core/failure.ts'
import type { StageContext } from '../../../core/kind/stage.ts'
import type { Ledger } from '../../../core/ledger.ts'
import { keyOf, readExamples, textsOf } from '../../../data/conversations/examples.ts'
import { Document } from '../../../data/document.ts'
import { LedgerBook } from '../../../data/ledger.ts'
import { chatEncoder } from '../../../text/chat/encode-chat.ts'
import type { ChatTemplate } from '../../../text/chat/template.ts'
import type { Tokenizer } from '../../../text/tokenizer.ts'
import type { RankedSequences } from '../../../train/batches/ranking-batches.ts'
import { Refusals } from '../../chat/refusals.ts'
import { ByPrompt, holdOut } from '../../data/hold-out.ts'
import { type Lengths, longestOf, lostInWords, warnOfLengths } from './lengths.ts'

export interface RewardExamples {
  readonly train: readonly RankedSequences[]
  readonly heldOut: readonly RankedSequences[]
  readonly ledger: Ledger
}

export interface RewardExampleOptions {
  readonly template: ChatTemplate
  readonly tokenizer: Tokenizer
  readonly lengths: Lengths
  /** Whether a longer conversation loses its beginning, or the answer is left out. */
  readonly tooLong: 'drop' | 'cut_start'
  /** The share of the prompts that is held out. */
  readonly heldOut: number
  readonly seed: number
}

/**
 * Reads the rankings in `folder`. Each answer is rendered with its prompt and kept up to its end token, where the score is read.
 * A prompt is on one side of the split only, with all its rankings. The ledger counts rankings that the template refuses, that are
 * too long, or that have nothing left to compare. A StageError if no ranking is left to learn from.
 */
export async function rewardExamples(
  folder: string,
  options: RewardExampleOptions,
  stage: Pick<StageContext, 'emit'>,
): Promise<RewardExamples> {
  const { template, tokenizer, lengths, tooLong, heldOut, seed } = options
  const longest = longestOf(lengths)
  const encoder = chatEncoder(template, tokenizer)
  const book = new LedgerBook()
  const left = book.rule(`rankings: fewer than two answers of different ranks fit ${longest.name}`)
  const refusals = new Refusals(book, 'rankings')
  const without = book.step(`rankings: an answer longer than ${longest.name} left out`)
  const cut = book.step(`rankings: a beginning cut off that did not fit ${longest.name}`)
  const byPrompt = new ByPrompt<RankedSequences>()

  const encode = (ranking: Ranking): RankedSequences => {
    const sequences: Uint32Array[] = []
    const prompts: number[] = []
    const ranks: number[] = []
    for (const [i, content] of ranking.responses.entries()) {
      const { ids, start } = encoder.answer([...ranking.messages, { role: 'assistant', content }], ranking.tools)
      const over = Math.max(0, ids.length - longest.tokens)
      if (over > 0 && tooLong === 'drop') {
        without.documents++
        continue
      }
      if (over > 0) cut.documents++
      sequences.push(ids.slice(over))
      prompts.push(Math.max(1, start - over))
      ranks.push(ranking.ranks[i]!)
    }
    return { sequences, prompts, ranks }
  }

  for await (const { examples } of readExamples(folder, 'Rankings')) {
    for (const ranking of examples) {
      const text = textsOf(ranking).join('\n\n')
      book.in.add(Buffer.byteLength(text))
      const encoded = refusals.attempt(ranking.id, text, () => encode(ranking))
      if (encoded === undefined) continue
      if (new Set(encoded.ranks).size < 2) {
        left.drop(new Document(text, ranking.id), () => undefined)
        continue
      }
      book.out.add(Buffer.byteLength(text))
      byPrompt.add(keyOf(ranking.messages), [encoded])
    }
  }

  const prompts = byPrompt.all()
  const share = (count: number) => (heldOut === 0 ? 0 : Math.max(1, Math.round(heldOut * count)))
  const split = holdOut(prompts, { share, seed, noun: 'rankings' }, stage)
  if (split.train.length === 0) {
    const lost = lostInWords({
      [`left with fewer than two answers of different ranks that fit ${longest.name}`]: left.documents,
      'held out to measure on': split.heldOut.length,
    })
    throw new StageError(
      'too-few-rankings',
      `no ranking is left to learn from${lost}${refusals.why}`,
      refusals.help ?? 'Give it more rankings, lower `held_out`, or cut what is too long (too_long: cut_start).',
    )
  }
  refusals.warn(stage)
  warnOfLengths(stage, longest, { noun: 'answer', dropped: without.documents, cut: cut.documents })
  return { train: split.train.flat(), heldOut: split.heldOut.flat(), ledger: book.ledger() }
}
