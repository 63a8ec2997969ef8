/** Conversations of others as messages: lists of turns under their usual names, and hh-rlhf's one text. */

import type { Message } from '../../core/conversation.ts'
import type { Json } from '../../core/json.ts'
import { turnOf } from './turn.ts'

/** Messages with the tools that they can call, or the rule by which a record has none. */
export type Conversation =
  | { readonly messages: readonly Message[]; readonly tools?: readonly Json[] }
  | { readonly problem: string }

/** `[{role, content}, …]` (OpenAI's form) or `[{from, value}, …]` (ShareGPT's). */
export function messagesOfList(list: readonly Json[]): Conversation {
  const messages: Message[] = []
  for (const item of list) {
    const turn = turnOf(item)
    if ('problem' in turn) return turn
    messages.push(turn.message)
  }
  return { messages }
}

/** Whether a text is a whole conversation as hh-rlhf writes it. */
export function isHumanAssistant(text: string): boolean {
  return /^\s*Human:/.test(text)
}

/** `\n\nHuman: … \n\nAssistant: …` (Bai et al. 2022) as messages. */
export function messagesOfHumanAssistant(text: string): Conversation {
  const messages: Message[] = []
  const marks = [...text.matchAll(/(?:^\s*|\n\n)(Human|Assistant):/g)]
  for (const [index, mark] of marks.entries()) {
    const content = text.slice(mark.index + mark[0].length, marks[index + 1]?.index).trim()
    messages.push({ role: mark[1] === 'Human' ? 'user' : 'assistant', content })
  }
  return messages.length === 0 ? { problem: 'a text without "Human:"' } : { messages }
}

/** Whether a message is an answer to learn. */
export function isLearned({ role, learned }: Message): boolean {
  return role === 'assistant' && learned !== false
}

/** The rule by which a conversation cannot be learned from; `undefined` if it can be. */
export function problemOf(messages: readonly Message[]): string | undefined {
  const first = messages.find(({ role }) => role !== 'system')
  if (!messages.some(({ role }) => role === 'assistant')) return 'no answer of the assistant'
  if (!messages.some(isLearned)) return 'no answer that is to be learned: each has the weight 0'
  if (first?.role === 'assistant') return 'it begins with the assistant'
  const isEmpty = (message: Message) => message.content.trim() === '' && message.tool_calls === undefined
  if (messages.some((message) => isLearned(message) && isEmpty(message))) return 'an empty answer'
  return undefined
}
