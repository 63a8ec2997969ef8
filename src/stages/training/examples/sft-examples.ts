/** The conversations that fine-tuning learns from: read, rendered by the chat template, fitted into the context. */

import type { Pair } from '../../../core/conversation.ts'
import { StageError } from '../../../core/failure.ts'
import type { StageContext } from '../../../core/kind/stage.ts'
import type { Ledger } from '../../../core/ledger.ts'
import { keyOf, readExamples, textsOf } from '../../../data/conversations/examples.ts'
import { Document } from '../../../data/document.ts'
import { type ChangeCount, LedgerBook } from '../../../data/ledger.ts'
import { chatEncoder } from '../../../text/chat/encode-chat.ts'
import { fitChat, type TooLong } from '../../../text/chat/fit.ts'
import type { ChatTemplate } from '../../../text/chat/template.ts'
import type { AnswerNote } from '../../../text/chat/turns.ts'
import type { Tokenizer } from '../../../text/tokenizer.ts'
import type { LearnedSequence } from '../../../train/batches/sft-batches.ts'
import { Refusals } from '../../chat/refusals.ts'
import { ByPrompt, type Group, holdOut } from '../../data/hold-out.ts'
import { type Lengths, longestOf, lostInWords, warnOfLengths } from './lengths.ts'

export interface SftExamples {
  readonly train: readonly LearnedSequence[]
  readonly heldOut: readonly LearnedSequence[]
  /** The number of conversations of these examples. */
  readonly pairs: { readonly train: number; readonly heldOut: number }
  readonly ledger: Ledger
}

export interface SftExampleOptions {
  readonly template: ChatTemplate
  readonly tokenizer: Tokenizer
  readonly lengths: Lengths
  readonly tooLong: TooLong
  /** The folder of pairs to measure on; without it, a share of the prompts is held out. */
  readonly validate?: string | undefined
  readonly heldOut: number
  readonly seed: number
}

/**
 * Reads the pairs in `folder`. A prompt is on one side of the split only. The ledger counts conversations that the template
 * refuses, that are too long, or that have no answer left to learn. A StageError if no conversation is left to learn from.
 */
export async function sftExamples(
  folder: string,
  options: SftExampleOptions,
  stage: Pick<StageContext, 'emit'>,
): Promise<SftExamples> {
  const { template, tokenizer, lengths, tooLong, validate, heldOut, seed } = options
  const longest = longestOf(lengths)
  const encoder = chatEncoder(template, tokenizer)
  const book = new LedgerBook()
  const refusals = new Refusals(book, 'sft')
  const dropped = {
    'too long': book.rule(`sft: longer than ${longest.name}`),
    'nothing left to learn': book.rule(`sft: nothing of an answer fits ${longest.name}`),
    'nothing to learn': book.rule('sft: no answer is to be learned'),
  }
  const cut = book.step(`sft: cut to fit ${longest.name}`)
  const apart = book.step(
    'sft: several examples of one conversation',
    ({ counts }) =>
      `${counts.examples!.toLocaleString('en-US')} examples: the template writes a beginning otherwise once more follows`,
    ['examples'],
  )
  const noted: Readonly<Record<AnswerNote, ChangeCount>> = {
    'thoughts kept': book.step('sft: thoughts taught that the template cuts'),
    'thoughts lost': book.step('sft: thoughts that the template does not write'),
    'tools lost': book.step('sft: tools that the template does not write'),
    'end added': book.step(`sft: ${template.end} added after answers`),
  }

  /** The sequences that teach a conversation; `[]` if it is left out. */
  const learn = (pair: Pair, text: string): LearnedSequence[] => {
    const encoded = refusals.attempt(pair.id, text, () => encoder.examples(pair.messages, pair.tools))
    if (encoded === undefined) return []
    const fitted = encoded.map((each) => fitChat(each, longest.tokens, tooLong))
    const kept = fitted.flatMap((each) => ('rule' in each ? [] : [each]))
    const [first] = fitted
    if (kept.length === 0) {
      const rule = first === undefined ? 'nothing to learn' : 'rule' in first ? first.rule : 'too long'
      dropped[rule].drop(new Document(text, pair.id), () => undefined)
      return []
    }
    for (const note of new Set(encoded.flatMap(({ notes }) => notes))) noted[note].documents++
    if (encoded.length > 1) {
      apart.documents++
      apart.count('examples', kept.length)
    }
    if (kept.length < fitted.length || kept.some((each) => each.cut > 0)) cut.documents++
    return kept.map(({ ids, mask }) => ({
      ids,
      mask,
      learned: mask.subarray(1).reduce((sum, bit) => sum + bit, 0),
    }))
  }

  const read = async (from: string): Promise<readonly (readonly Group<LearnedSequence>[])[]> => {
    const byPrompt = new ByPrompt<LearnedSequence>()
    for await (const { examples } of readExamples(from, 'Pairs')) {
      for (const pair of examples) {
        const text = textsOf(pair).join('\n\n')
        book.in.add(Buffer.byteLength(text))
        const sequences = learn(pair, text)
        if (sequences.length === 0) continue
        book.out.add(Buffer.byteLength(text))
        byPrompt.add(keyOf(pair.messages.slice(0, -1)), sequences)
      }
    }
    return byPrompt.all()
  }

  const prompts = await read(folder)
  const share = (count: number) =>
    validate === undefined && heldOut > 0 ? Math.max(1, Math.floor(heldOut * count)) : 0
  const split = holdOut(prompts, { share, seed, noun: 'pairs' }, stage)
  const train = split.train.flat()
  const tooLongCount = () => dropped['too long'].documents + dropped['nothing left to learn'].documents
  if (train.length === 0) {
    const untaught = dropped['nothing to learn'].documents
    const lost = lostInWords({
      [`longer than ${longest.name}`]: tooLongCount(),
      'without an answer to learn': untaught,
    })
    throw new StageError(
      'too-few-pairs',
      `no conversation is left to learn from${lost}${refusals.why}`,
      refusals.help ?? 'Give it more pairs, or cut what is too long (too_long: cut_end).',
    )
  }
  const measured = validate === undefined ? split.heldOut : (await read(validate)).flat()
  const pairs = { train: split.train.length, heldOut: measured.length }
  refusals.warn(stage)
  warnOfAnswers(stage, noted, template.end)
  warnOfLengths(stage, longest, {
    noun: 'conversation',
    dropped: tooLongCount(),
    cut: cut.documents,
  })
  return { train, heldOut: measured.flat(), pairs, ledger: book.ledger() }
}

/** Warns of differences between what is taught and what the pairs or the template have. */
function warnOfAnswers(
  { emit }: Pick<StageContext, 'emit'>,
  noted: Readonly<Record<AnswerNote, ChangeCount>>,
  end: string,
): void {
  const warn = (note: AnswerNote, message: string) => {
    const { documents } = noted[note]
    if (documents === 0) return
    const of = `${documents.toLocaleString('en-US')} conversation${documents === 1 ? '' : 's'}`
    emit({ event: 'log', level: 'warning', message: `${of} ${message}` })
  }
  warn(
    'thoughts lost',
    'have thoughts (`reasoning_content`) that the chat template does not write: they are not learned',
  )
  warn('tools lost', 'have `tools` that the chat template does not write: their answers are taught without them')
  warn('end added', `have answers after which the chat template writes no end: ${end} is taught there`)
}
