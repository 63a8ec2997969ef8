/** The usual layouts of conversations in JSONL, each with how to tell it and how to read it. */

import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { namesOf } from './fields.ts'
import { type Conversation, isHumanAssistant, messagesOfHumanAssistant, messagesOfList } from './messages.ts'

export interface Layout {
  /** What its documents look like, in words. */
  readonly looks: string
  /** Whether the fields of a document are laid out so. */
  matches(fields: JsonObject): boolean
  read(fields: JsonObject): Conversation
}

const isText = (value: Json | undefined): value is string => typeof value === 'string'
const isListWith = (value: Json | undefined, name: string): value is readonly Json[] =>
  Array.isArray(value) && value.length > 0 && typeof (value[0] as JsonObject)?.[name] === 'string'

const user = (content: string): Message => ({ role: 'user', content })
const assistant = (content: string): Message => ({ role: 'assistant', content })

const lists = ['messages', 'conversations', 'conversation'] as const

const byName = {
  messages: {
    looks: '{"messages": [{"role", "content"}, …]}',
    matches: (fields) => lists.some((name) => isListWith(fields[name], 'role')),
    read: (fields) => listIn(fields, 'role'),
  },
  sharegpt: {
    looks: '{"conversations": [{"from", "value"}, …]}',
    matches: (fields) => lists.some((name) => isListWith(fields[name], 'from')),
    read: (fields) => listIn(fields, 'from'),
  },
  prompt_response: {
    looks: '{"prompt", "response"} or {"prompt", "completion"}',
    matches: ({ prompt, response, completion }) => isText(prompt) && (isText(response) || isText(completion)),
    read: ({ prompt, response, completion }) => {
      const said = isText(response) ? response : completion
      if (!isText(prompt)) return { problem: 'no prompt' }
      return isText(said) ? { messages: [user(prompt), assistant(said)] } : { problem: 'no response' }
    },
  },
  alpaca: {
    looks: '{"instruction", "input", "output"}',
    matches: ({ instruction, output }) => isText(instruction) && isText(output),
    read: ({ instruction, input, output }) => {
      if (!isText(instruction)) return { problem: 'no instruction' }
      if (!isText(output)) return { problem: 'no output' }
      const asked = isText(input) && input !== '' ? `${instruction}\n\n${input}` : instruction
      return { messages: [user(asked), assistant(output)] }
    },
  },
  chosen_rejected: {
    looks: '{"chosen", "rejected"}, each a conversation, or an answer to "prompt"; the chosen one is taken',
    matches: ({ chosen, rejected }) => isAnswer(chosen) && isAnswer(rejected),
    read: (fields) => wholeConversation(fields.chosen, fields.prompt),
  },
} satisfies Readonly<Record<string, Layout>>

export type LayoutName = keyof typeof byName

export const layouts: Readonly<Record<LayoutName, Layout>> = byName
export const layoutNames = Object.keys(byName) as readonly LayoutName[]

function listIn(fields: JsonObject, key: string): Conversation {
  for (const name of lists) {
    const list = fields[name]
    if (isListWith(list, key)) return messagesOfList(list)
  }
  return { problem: `no list of messages with "${key}"` }
}

function isAnswer(value: Json | undefined): boolean {
  return isText(value) || isListWith(value, 'role') || isListWith(value, 'from')
}

/**
 * What a field of chosen/rejected data says in full: a list of messages, a text in hh-rlhf's form, or else an answer to
 * the prompt (a text or messages).
 */
export function wholeConversation(answer: Json | undefined, prompt: Json | undefined): Conversation {
  const before = promptMessages(prompt)
  if (Array.isArray(answer)) {
    const own = messagesOfList(answer as readonly Json[])
    // Some lists hold the answer alone, others the prompt too.
    const alone = 'messages' in own && own.messages.length === 1 && own.messages[0]!.role === 'assistant'
    return alone && before !== undefined ? { messages: [...before, ...own.messages] } : own
  }
  if (!isText(answer)) return { problem: 'an answer that is no text' }
  if (isHumanAssistant(answer)) return messagesOfHumanAssistant(answer)
  if (before === undefined) return { problem: 'an answer without a prompt' }
  return { messages: [...before, assistant(answer)] }
}

function promptMessages(prompt: Json | undefined): readonly Message[] | undefined {
  if (isText(prompt)) return [user(prompt)]
  const list = Array.isArray(prompt) ? messagesOfList(prompt as readonly Json[]) : undefined
  return list !== undefined && 'messages' in list ? list.messages : undefined
}

/** The one layout that documents have; where none or several fit it is a StageError that says how to tell. */
export function recognise(documents: readonly JsonObject[]): LayoutName {
  const fitting = layoutNames.filter((name) => documents.some((fields) => layouts[name].matches(fields)))
  if (fitting.length === 1) return fitting[0]!
  const known = layoutNames.map((name) => `${name}: ${layouts[name].looks}`).join('\n')
  const fields = namesOf(documents[0] ?? {})
  if (fitting.length === 0) {
    throw new StageError(
      'unknown-layout',
      `the documents are in no layout of conversations that is known; their fields are: ${fields}`,
      `Make pairs of your own fields: pair(prompt: "{…}", response: "{…}"). Known are\n${known}`,
    )
  }
  throw new StageError(
    'ambiguous-layout',
    `the documents could be in the layout ${fitting.join(' or ')}; their fields are: ${fields}`,
    `Say which one: conversations(layout: ${fitting[0]}). Known are\n${known}`,
  )
}
