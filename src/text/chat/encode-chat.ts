/** Encodes conversations as ids, with a mask of the assistant's answers, for fine-tuning and generation. */

import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/values/json.ts'
import { AddedFinder, type AddedToken, type Found, type Place } from '../added.ts'
import { Ids } from '../ids.ts'
import type { Tokenizer } from '../tokenizer.ts'
import type { Mark, Text } from './jinja/text.ts'
import { fullRenderer } from './jinja.ts'
import { type ChatTemplate, inWords, neededTokens, ownName } from './template.ts'
import { type AnswerNote, type RenderedChat, renderLast, renderPrompt, renderTurns, type Turn } from './turns.ts'

export interface EncodedChat {
  readonly ids: Uint32Array
  /** One number for each id: 1 for tokens of the assistant's answers and their end tokens, otherwise 0. */
  readonly mask: Uint8Array
  /** The answers in order: the index of each message, and its ids from `start` up to, but without, `end`. */
  readonly turns: readonly Turn[]
  /** Differences between the answers and their template or message. */
  readonly notes: readonly AnswerNote[]
}

export interface EncodedAnswer {
  /** The prompt of the answer, the answer, and its end token. */
  readonly ids: Uint32Array
  /** The number of ids before the answer. */
  readonly start: number
}

export interface ChatEncoder {
  /** The id that ends an answer. */
  readonly end: number
  /**
   * The examples that teach the answers of a conversation. The ids before an answer are exactly those that `prompt` returns for the
   * messages before it. There are several examples if the template changes earlier text when more messages follow, and none if no answer
   * is learned.
   */
  examples(messages: readonly Message[], tools?: readonly Json[]): readonly EncodedChat[]
  /** Encodes a conversation whose last message is an answer, up to its end token. */
  answer(messages: readonly Message[], tools?: readonly Json[]): EncodedAnswer
  /** Encodes a conversation up to the start of its next answer: the input of a model that generates. */
  prompt(messages: readonly Message[], tools?: readonly Json[]): Uint32Array
}

/**
 * Makes an encoder. The text is cut where answers begin and end, and each piece is encoded by itself, so that training and generation
 * agree and no token spans a prompt and its answer. Special tokens count where the template writes them; in messages they are ordinary
 * text.
 *
 * Throws a StageError `missing-special-token` if the tokenizer lacks a special token of the template. The functions of the encoder throw
 * a StageError with one of `templateFailures` for a conversation that the template refuses, or of which it does not write an answer.
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
  /** Encodes text that continues the text before it, and returns the number of ids so far. */
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

/** The text with NUL, which no token contains, in place of the characters from messages: no special token is found in a message. */
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

/** Whether one mark covers a whole range. The name of a role may be part of a special token, but not all of it. */
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
