/** Conversations of others as messages: lists of turns under their usual names, and hh-rlhf's one text. */

import type { Message } from '../../core/conversation.ts'
import type { Json, JsonObject } from '../../core/json.ts'

/** Messages, or why they are none. */
export type Conversation = { readonly messages: readonly Message[] } | { readonly problem: string }

/** What speakers are called elsewhere. */
const roles: Readonly<Record<string, string>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  prompter: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bot: 'assistant',
  model: 'assistant',
}

/** `[{role, content}, …]` (OpenAI's form) or `[{from, value}, …]` (ShareGPT's). */
export function messagesOfList(list: readonly Json[]): Conversation {
  const messages: Message[] = []
  for (const [index, item] of list.entries()) {
    const turn = (typeof item === 'object' && item !== null && !Array.isArray(item) ? item : {}) as JsonObject
    const said = turn.role ?? turn.from
    const role = typeof said === 'string' ? roles[said.toLowerCase()] : undefined
    if (role === undefined) {
      return {
        problem:
          said === undefined ? 'a message without a role' : `a message of the unknown role ${JSON.stringify(said)}`,
      }
    }
    const content = contentOf(turn.content ?? turn.value)
    if (content === undefined) return { problem: `message ${index + 1} has no text` }
    messages.push({ role, content })
  }
  return { messages }
}

/** A text, or a list of parts that are all texts. */
function contentOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return undefined
  const texts = (value as readonly JsonObject[]).map((part) => (part?.type === 'text' ? part.text : undefined))
  return texts.every((text) => typeof text === 'string') ? texts.join('') : undefined
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

/** What keeps a conversation from being learned from; nothing where it can be. */
export function problemOf(messages: readonly Message[]): string | undefined {
  const first = messages.find(({ role }) => role !== 'system')
  if (!messages.some(({ role }) => role === 'assistant')) return 'no answer of the assistant'
  if (first?.role === 'assistant') return 'it begins with the assistant'
  if (messages.some(({ role, content }) => role === 'assistant' && content.trim() === '')) return 'an empty answer'
  return undefined
}
