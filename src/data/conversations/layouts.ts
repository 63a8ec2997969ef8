/** The common layouts of conversations in JSON: recognizes them and reads them. */

import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import { namesOf } from './fields.ts'
import { judgementIn } from './judgement.ts'
import { type ConversationResult, isHumanAssistant, messagesOfHumanAssistant, messagesOfList } from './messages.ts'
import { historyOf, withRecordContext } from './record-context.ts'
import { isEmpty } from './turn.ts'

export interface Layout {
  /** The look of a document in this layout, for messages. */
  readonly looks: string
  /** Whether the fields of a document are in this layout. */
  matches(fields: JsonObject): boolean
  read(fields: JsonObject): ConversationResult
}

const isText = (value: Json | undefined): value is string => typeof value === 'string'
const isListWith = (value: Json | undefined, name: string): value is readonly Json[] =>
  Array.isArray(value) && value.length > 0 && typeof (value[0] as JsonObject)?.[name] === 'string'
const isMessages = (value: Json | undefined): value is readonly Json[] =>
  isListWith(value, 'role') || isListWith(value, 'from')
const isAnswer = (value: Json | undefined): value is string | readonly Json[] => isText(value) || isMessages(value)
/** Whether a value is one message, the form of answers in LlamaFactory's rankings. */
const isMessage = (value: Json | undefined): value is JsonObject => isMessages([value ?? null])

/** Whether a record has two answers to its list of messages (LlamaFactory's rankings). */
const isRankedList = ({ chosen, rejected }: JsonObject) => isMessage(chosen) && isMessage(rejected)

const user = (content: string): Message => ({ role: 'user', content })
const assistant = (content: string): Message => ({ role: 'assistant', content })

const lists = ['messages', 'conversations', 'conversation', 'dialogue', 'dialog'] as const

const byName = {
  messages: {
    looks: '{"messages": [{"role", "content"}, …]}',
    matches: (fields) => !isRankedList(fields) && lists.some((name) => isListWith(fields[name], 'role')),
    read: (fields) => listIn(fields, 'role'),
  },
  sharegpt: {
    looks: '{"conversations": [{"from", "value"}, …]}',
    matches: (fields) => !isRankedList(fields) && lists.some((name) => isListWith(fields[name], 'from')),
    read: (fields) => listIn(fields, 'from'),
  },
  prompt_response: {
    looks: '{"prompt", "response"} or {"prompt", "completion"}, each a text or messages',
    matches: ({ prompt, response, completion }) => isAnswer(prompt) && (isAnswer(response) || isAnswer(completion)),
    read: (fields) => {
      const { prompt, response, completion } = fields
      if (!isAnswer(prompt)) return { problem: 'no prompt' }
      const answer = isAnswer(response) ? response : completion
      if (!isAnswer(answer)) return { problem: 'no response' }
      if (isAnswer(response) && isAnswer(completion) && JSON.stringify(response) !== JSON.stringify(completion))
        return { problem: 'both a response and a completion' }
      return answered(fields, asContext(promptMessages(prompt)), answer)
    },
  },
  alpaca: {
    looks: '{"instruction", "input", "output"}',
    matches: ({ instruction, output }) => isText(instruction) && isText(output),
    read: (fields) => {
      const { instruction, output } = fields
      if (!isText(instruction)) return { problem: 'no instruction' }
      if (!isText(output)) return { problem: 'no output' }
      return answered(fields, instructionOf(fields, instruction), output)
    },
  },
  chosen_rejected: {
    looks:
      '{"chosen", "rejected"}, each a conversation, or an answer to "prompt", "conversations" or "instruction"; the chosen one is taken',
    matches: (fields) => (isAnswer(fields.chosen) && isAnswer(fields.rejected)) || isRankedList(fields),
    read: (fields) => wholeConversation(fields, fields.chosen, promptOf(fields)),
  },
} satisfies Readonly<Record<string, Layout>>

export type LayoutName = keyof typeof byName

export const layouts: Readonly<Record<LayoutName, Layout>> = byName
export const layoutNames = Object.keys(byName) as readonly LayoutName[]

function listIn(fields: JsonObject, key: string): ConversationResult {
  const name = lists.find((each) => isListWith(fields[each], key))
  if (name === undefined) return { problem: `no list of messages with "${key}"` }
  if (!isEmpty(fields.history)) return { problem: `a "history" beside "${name}"` }
  return judged(fields) ?? withRecordContext(fields, messagesOfList(fields[name] as readonly Json[]))
}

/**
 * The problem of a record whose `label` judges its answer as bad, as in the KTO data of TRL and LlamaFactory; otherwise `undefined`. Labels
 * that are not judgements, such as topics, do not count.
 */
function judged({ label }: JsonObject): ConversationResult | undefined {
  return judgementIn(label) === false ? { problem: 'an answer that "label" calls bad' } : undefined
}

/** A conversation of the earlier turns in `history`, the question, and the answer. */
function answered(fields: JsonObject, asked: ConversationResult, answer: string | readonly Json[]): ConversationResult {
  const before = historyOf(fields)
  const after = isText(answer) ? { messages: [assistant(answer)] } : messagesOfList(answer)
  for (const part of [before, asked, after]) if ('problem' in part) return part
  const messages = [before, asked, after].flatMap((part) => ('messages' in part ? part.messages : []))
  return judged(fields) ?? withRecordContext(fields, { messages })
}

/** Marks the answers in a prompt as context that is not learned, as in TRL. */
function asContext(conversation: ConversationResult): ConversationResult {
  if ('problem' in conversation) return conversation
  const messages = conversation.messages.map((message) =>
    message.role === 'assistant' ? { ...message, learned: false as const } : message,
  )
  return { messages }
}

/** Alpaca's question: the `instruction`, followed by the `input` if there is one. */
function instructionOf({ input }: JsonObject, instruction: string): ConversationResult {
  if (!isEmpty(input) && !isText(input)) return { problem: 'an input that is not text' }
  const asked = [instruction, isText(input) ? input : ''].filter((part) => part !== '').join('\n\n')
  return { messages: [user(asked)] }
}

/**
 * The messages that `chosen` and `rejected` answer: the earlier turns in `history`, and then the field `prompt` (a text or messages), a
 * list such as `conversations`, or `instruction` and `input`. `undefined` if the record has none of these fields.
 */
export function promptOf(fields: JsonObject): ConversationResult | undefined {
  const asked = askedIn(fields)
  if (asked === undefined || 'problem' in asked) return asked
  const before = historyOf(fields)
  return 'problem' in before ? before : { messages: [...before.messages, ...asked.messages] }
}

function askedIn(fields: JsonObject): ConversationResult | undefined {
  const { prompt, instruction } = fields
  if (isAnswer(prompt)) return promptMessages(prompt)
  const name = lists.find((each) => isMessages(fields[each]))
  if (name !== undefined && isRankedList(fields)) {
    const asked = messagesOfList(fields[name] as readonly Json[])
    const isAnswered = 'messages' in asked && asked.messages.at(-1)?.role === 'assistant'
    return isAnswered ? { problem: `"${name}" that end with an answer, beside "chosen" and "rejected"` } : asked
  }
  return isText(instruction) ? instructionOf(fields, instruction) : undefined
}

function promptMessages(prompt: string | readonly Json[]): ConversationResult {
  return isText(prompt) ? { messages: [user(prompt)] } : messagesOfList(prompt)
}

/**
 * The conversation that a field of chosen/rejected data stands for: a list of messages, a text in hh-rlhf's form, or else an answer to
 * the prompt (a text, a message or messages); with the system message and the tools of its record.
 */
export function wholeConversation(
  fields: JsonObject,
  answer: Json | undefined,
  prompt: ConversationResult | undefined,
): ConversationResult {
  if (prompt !== undefined && 'problem' in prompt) return prompt
  return withRecordContext(fields, inFull(answer, prompt?.messages))
}

function inFull(answer: Json | undefined, before: readonly Message[] | undefined): ConversationResult {
  if (Array.isArray(answer) || isMessage(answer)) {
    const own = messagesOfList(Array.isArray(answer) ? (answer as readonly Json[]) : [answer])
    // Some lists have only the answer, others the prompt too.
    const alone = 'messages' in own && own.messages[0]?.role === 'assistant'
    return alone && before !== undefined ? { messages: [...before, ...own.messages] } : own
  }
  if (!isText(answer)) return { problem: 'an answer that is not text' }
  if (isHumanAssistant(answer)) return messagesOfHumanAssistant(answer)
  if (before === undefined) return { problem: 'an answer without a prompt' }
  return { messages: [...before, assistant(answer)] }
}

/**
 * The layout of documents. Throws a StageError `unknown-layout` or `ambiguous-layout` if no layout or several layouts fit; it lists the
 * known ones.
 */
export function recognizeLayout(documents: readonly JsonObject[]): LayoutName {
  const fitting = layoutNames.filter((name) => documents.some((fields) => layouts[name].matches(fields)))
  if (fitting.length === 1) return fitting[0]!
  const known = layoutNames.map((name) => `${name}: ${layouts[name].looks}`).join('; ')
  const fields = namesOf(documents[0] ?? {})
  if (fitting.length === 0) {
    throw new StageError(
      'unknown-layout',
      `the documents are in no known layout of conversations; their fields are: ${fields}`,
      `Make pairs of your own fields: pair(prompt: "{…}", response: "{…}"). The known layouts are ${known}.`,
    )
  }
  throw new StageError(
    'ambiguous-layout',
    `the documents could be in the layout ${fitting.join(' or ')}; their fields are: ${fields}`,
    `Choose one: conversations(layout: ${fitting[0]}). The known layouts are ${known}.`,
  )
}
