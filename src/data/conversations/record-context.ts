/** Reads the context of a conversation from its record: a system message, earlier turns, tools, and media. */

import type { Message } from '../../core/conversation.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import { judgementIn } from './judgement.ts'
import { type ConversationResult, messagesOfList } from './messages.ts'
import { toolsOf } from './tools.ts'
import { isEmpty, mediaIn } from './turn.ts'

/** Fields that hold a system message. */
const systemFields = ['system', 'system_prompt'] as const

/**
 * Adds the context in a record to its conversation: the system message in `system`, before all others, and the `tools`. A record whose
 * meaning would be lost is a problem: with pictures, a second system message, or an answer that is labeled as bad.
 */
export function withRecordContext(fields: JsonObject, conversation: ConversationResult): ConversationResult {
  if ('problem' in conversation) return conversation
  const shown = mediaIn(fields)
  if (shown !== undefined) return { problem: `"${shown}" beside the messages, which is not text` }
  // The judgement of LlamaFactory's KTO; TRL calls it `label`.
  if (!isEmpty(fields.kto_tag)) {
    const judgement = judgementIn(fields.kto_tag)
    if (judgement === undefined) return { problem: 'a "kto_tag" that is neither true nor false' }
    if (!judgement) return { problem: 'an answer that "kto_tag" calls bad' }
  }
  const tools = toolsOf(fields)
  if ('problem' in tools) return tools
  const messages = withSystem(fields, conversation.messages)
  return 'problem' in messages ? messages : { messages, ...tools }
}

function withSystem(
  fields: JsonObject,
  messages: readonly Message[],
): readonly Message[] | { readonly problem: string } {
  const name = systemFields.find((field) => !isEmpty(fields[field]))
  if (name === undefined) return messages
  const content = fields[name]
  if (typeof content !== 'string') return { problem: `a "${name}" that is not text` }
  const [first] = messages
  if (first?.role !== 'system') return [{ role: 'system', content }, ...messages]
  return first.content === content ? messages : { problem: `a "${name}" beside another system message` }
}

/** The earlier turns of a record: `"history": [["question", "answer"], …]` (LlamaFactory), or a list of messages. */
export function historyOf({ history }: JsonObject): ConversationResult {
  if (isEmpty(history)) return { messages: [] }
  const problem = 'a "history" that is not a list of questions and answers'
  if (!Array.isArray(history)) return { problem }
  const rounds = history as readonly Json[]
  if (!rounds.every(Array.isArray)) return messagesOfList(rounds)
  const messages: Message[] = []
  for (const [asked, answered, ...more] of rounds as readonly (readonly Json[])[]) {
    if (typeof asked !== 'string' || typeof answered !== 'string' || more.length > 0) return { problem }
    messages.push({ role: 'user', content: asked }, { role: 'assistant', content: answered })
  }
  return { messages }
}
