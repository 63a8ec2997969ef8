/** Conversations to ids, with a mask of what the assistant says: what fine-tuning learns, and what generation starts from. */

import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/json.ts'
import { AddedFinder, type AddedToken, type Found, type Place } from '../added.ts'
import { Ids } from '../ids.ts'
import type { Tokenizer } from '../tokenizer.ts'
import type { Mark, Text } from './jinja/text.ts'
import { fullRenderer } from './jinja.ts'
import { type ChatTemplate, inWords, neededTokens, ownName } from './template.ts'
import { type AnswerNote, type RenderedChat, renderLast, renderPrompt, renderTurns, type Turn } from './turns.ts'

export interface EncodedChat {
  readonly ids: Uint32Array
  /** 1 on the tokens of the assistant's answers and of the end token of each; one for each id. */
  readonly mask: Uint8Array
  /** The answers in order: the message each one is, and its ids from `start` up to, but without, `end`. */
  readonly turns: readonly Turn[]
  /** What of these answers is not as the template or the message has it. */
  readonly notes: readonly AnswerNote[]
}

export interface EncodedAnswer {
  /** What is shown before the answer, the answer, and its end token. */
  readonly ids: Uint32Array
  /** How many ids are shown before the answer. */
  readonly start: number
}

export interface ChatEncoder {
  /** The id that ends an answer. */
  readonly end: number
  /**
   * What teaches the answers of a conversation, each after the very ids that `prompt` gives of what comes before it. Several where
   * the template writes a beginning differently once more follows; none where no answer is to be learned.
   */
  examples(messages: readonly Message[], tools?: readonly Json[]): readonly EncodedChat[]
  /** A conversation whose last message is an answer, up to its end token. */
  answer(messages: readonly Message[], tools?: readonly Json[]): EncodedAnswer
  /** A conversation that waits for its next answer: what a model is given to go on from. */
  prompt(messages: readonly Message[], tools?: readonly Json[]): Uint32Array
}

/**
 * Makes an encoder. The text is encoded in pieces that end where an answer begins and where it ends, so that training
 * and generation cut at the same places and no token spans a prompt and its answer. Special tokens count where the
 * template writes them, and are ordinary text in messages.
 *
 * A tokenizer that lacks a special token of the template is a StageError `missing-special-token`. A conversation that the template
 * refuses or makes no answer of is a StageError of one of `templateFailures`.
 */
export function chatEncoder(template: ChatTemplate, tokenizer: Tokenizer): ChatEncoder {
  const missing = neededTokens(template).filter((token) => !tokenizer.special.has(token))
  if (missing.length > 0) throw missingSpecial(template, missing)
  const render = fullRenderer(template)
  const special = new AddedFinder(tokenizer.added.filter((token) => token.special))
  const ids = new Ids()

  let place: Place = 'start'
  const found: Found = {
    token({ id }) {
      ids.push(id)
      place = 'between'
    },
    text(piece, here) {
      tokenizer.encodeInto(piece, ids, undefined, here)
      place = 'middle'
    },
  }
  /** Encodes text that goes on from what was encoded before it. */
  const add = (text: Text): number => {
    const wanted = ({ content }: AddedToken, at: number) => !within(text.marks, at, at + content.length)
    special.find(text.value, wanted, found, written(text), place)
    return ids.length
  }
  const encode = ({ text, cuts }: Pick<RenderedChat, 'text' | 'cuts'>): ((place: number) => number) => {
    ids.clear()
    place = 'start'
    const places = new Map<number, number>()
    let done = 0
    for (const cut of cuts) {
      places.set(cut, add(text.slice(done, cut)))
      done = cut
    }
    add(text.slice(done))
    return (place) => places.get(place)!
  }
  const encodeChat = (chat: RenderedChat): EncodedChat => {
    const idAt = encode(chat)
    const turns = chat.turns.map(({ message, start, end }) => ({ message, start: idAt(start), end: idAt(end) }))
    const mask = new Uint8Array(ids.length)
    for (const { start, end } of turns) mask.fill(1, start, end)
    return { ids: ids.slice(), mask, turns, notes: chat.notes }
  }
  return {
    end: tokenizer.special.get(template.end)!,
    examples: (messages, tools) => renderTurns(template, render, { messages, tools }).map(encodeChat),
    answer: (messages, tools) => {
      const { ids, turns } = encodeChat(renderLast(template, render, { messages, tools }))
      return { ids, start: turns[0]!.start }
    },
    prompt: (messages, tools) => {
      encode(renderPrompt(template, render, { messages, tools }))
      return ids.slice()
    },
  }
}

/** A text whose characters out of messages are NUL, which is part of no token: what a message says is no special token. */
function written({ value, marks }: Text): string {
  let shown = ''
  let done = 0
  for (const { start, end, origin } of marks) {
    if (origin !== 'given') continue
    shown += value.slice(done, start) + '\0'.repeat(end - start)
    done = end
  }
  return shown + value.slice(done)
}

/** Whether a mark covers all of a stretch: the name of a role may be part of a special token, but not all of it. */
function within(marks: readonly Mark[], start: number, end: number): boolean {
  return marks.some((mark) => mark.start <= start && mark.end >= end)
}

function missingSpecial(template: ChatTemplate, missing: readonly string[]): StageError {
  const tokens = missing.length === 1 ? `the special token ${missing[0]}` : `the special tokens ${missing.join(', ')}`
  return new StageError(
    'missing-special-token',
    `${inWords(template.name)} needs ${tokens}, which the tokenizer does not have`,
    template.name === ownName
      ? 'Use the tokenizer that came with the weights.'
      : `Train it with them: train_bpe(…, special: ${template.name}.tokens).`,
  )
}
