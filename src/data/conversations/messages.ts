/** Reads published conversations as messages: lists of turns, and the single text of hh-rlhf. */

import type { Message } from '../../core/conversation.ts'
import type { Json } from '../../core/values/json.ts'
import { turnOf } from './turn.ts'

/** A conversation with the tools that it may call, or the rule that drops the record. */
export type ConversationResult =
  | { readonly messages: readonly Message[]; readonly tools?: readonly Json[] }
  | { readonly problem: string }

/** The messages of `[{role, content}, …]` (OpenAI's form) or `[{from, value}, …]` (ShareGPT's). */
export function messagesOfList(list: readonly Json[]): ConversationResult {
  const messages: Message[] = []
  for (const item of list) {
    const turn = turnOf(item)
    if ('problem' in turn) return turn
    messages.push(turn.message)
  }
  return { messages }
}

/** Whether a text is a whole conversation in the form of hh-rlhf. */
export function isHumanAssistant(text: string): boolean {
  return /^\s*Human:/.test(text)
}

/** The messages of `\n\nHuman: … \n\nAssistant: …` (Bai et al. 2022). */
export function messagesOfHumanAssistant(text: string): ConversationResult {
  const messages: Message[] = []
  const marks = [...text.matchAll(/(?:^\s*|\n\n)(Human|Assistant):/g)]
  for (const [index, mark] of marks.entries()) {
    const content = text.slice(mark.index + mark[0].length, marks[index + 1]?.index).trim()
    messages.push({ role: mark[1] === 'Human' ? 'user' : 'assistant', content })
  }
  return messages.length === 0 ? { problem: 'a text without "Human:"' } : { messages }
}

/** Whether a message is an answer that is learned. */
export function isLearned({ role, learned }: Message): boolean {
  return role === 'assistant' && learned !== false
}

/** The rule that drops a conversation from which nothing can be learned; `undefined` if it is kept. */
export function problemOf(messages: readonly Message[]): string | undefined {
  const first = messages.find(({ role }) => role !== 'system')
  if (!messages.some(({ role }) => role === 'assistant')) return 'no answer of the assistant'
  if (!messages.some(isLearned)) return 'no answer that is to be learned: each has the weight 0'
  if (first?.role === 'assistant') return 'it begins with the assistant'
  const isEmpty = (message: Message) => message.content.trim() === '' && message.tool_calls === undefined
  if (messages.some((message) => isLearned(message) && isEmpty(message))) return 'an empty answer'
  return undefined
}
