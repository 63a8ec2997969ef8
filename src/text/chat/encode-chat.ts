/** Conversations to ids, with a mask of what the assistant says: what fine-tuning learns, and what generation starts from. */

import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import { Ids } from '../ids.ts'
import { encodeWithSpecial, type Tokenizer } from '../tokenizer.ts'
import { renderer } from './jinja.ts'
import { shield } from './shield.ts'
import type { ChatTemplate } from './template.ts'
import { renderTurns, type Turn } from './turns.ts'

export interface EncodedChat {
  readonly ids: Uint32Array
  /** 1 on the tokens of the assistant's answers and of the end token of each; one for each id. */
  readonly mask: Uint8Array
  /** The answers in order: the message each one is, and its ids from `start` up to, but without, `end`. */
  readonly turns: readonly Turn[]
}

export interface ChatEncoder {
  /** The id that ends an answer. */
  readonly end: number
  /** A whole conversation. */
  conversation(messages: readonly Message[]): EncodedChat
  /** A conversation that waits for its next answer: what a model is given to go on from. */
  prompt(messages: readonly Message[]): Uint32Array
}

/**
 * Makes an encoder. The text is encoded in pieces that end where an answer begins and where it ends, so that training
 * and generation cut at the same places and no token spans a prompt and its answer. Special tokens count where the
 * template spells them out, and are ordinary text in messages.
 *
 * A tokenizer that lacks a special token of the template is a StageError `missing-special-token`.
 */
export function chatEncoder(template: ChatTemplate, tokenizer: Tokenizer): ChatEncoder {
  const missing = [...new Set([...template.tokens, template.end])].filter((token) => !tokenizer.special.has(token))
  if (missing.length > 0) throw missingSpecial(template, missing)
  const render = renderer(template)
  const special = [...tokenizer.special.keys()]
  const ids = new Ids()

  const encode = (messages: readonly Message[], prompt: boolean): EncodedChat => {
    const shielded = shield(messages, special)
    const { text, turns } = renderTurns(template, render, shielded.messages, prompt)
    const plain = (piece: string, into: Ids) => tokenizer.encodeInto(shielded.unshield(piece), into)
    const add = (from: number, to: number) => {
      if (from < to) encodeWithSpecial(text.slice(from, to), special, tokenizer, plain, ids)
      return ids.length
    }
    ids.clear()
    let done = 0
    const spans = turns.map(({ message, start, end }) => {
      const span = { message, start: add(done, start), end: add(start, end) }
      done = end
      return span
    })
    add(done, text.length)
    const mask = new Uint8Array(ids.length)
    for (const { start, end } of spans) mask.fill(1, start, end)
    return { ids: ids.slice(), mask, turns: spans }
  }
  return {
    end: tokenizer.special.get(template.end)!,
    conversation: (messages) => encode(messages, false),
    prompt: (messages) => encode(messages, true).ids,
  }
}

function missingSpecial(template: ChatTemplate, missing: readonly string[]): StageError {
  const tokens = missing.length === 1 ? `the special token ${missing[0]}` : `the special tokens ${missing.join(', ')}`
  return new StageError(
    'missing-special-token',
    `the chat template ${template.name} needs ${tokens}, which the tokenizer does not have`,
    `Train it with them: train_bpe(…, special: ${template.name}.tokens).`,
  )
}
