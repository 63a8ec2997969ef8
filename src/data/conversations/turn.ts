/** Reads one message of published data: its role, text, thoughts, tool calls, and whether it is learned. */

import type { Message } from '../../core/conversation.ts'
import { ExactNumber } from '../../core/values/exact-number.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import { callsOf, jsonIn } from './tools.ts'

/** A message, or the rule that drops its record. */
export type TurnResult = { readonly message: Message } | { readonly problem: string }

/** The names of roles in published data. `call` is an assistant message whose text is a tool call. */
const roles: ReadonlyMap<string, string> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['human', 'user'],
  ['prompter', 'user'],
  ['assistant', 'assistant'],
  ['gpt', 'assistant'],
  ['chatgpt', 'assistant'],
  ['bot', 'assistant'],
  ['model', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
  ['observation', 'tool'],
  ['ipython', 'tool'],
  ['tool_response', 'tool'],
  ['function_call', 'call'],
  ['tool_call', 'call'],
])

/** Fields of thoughts, as named by servers like OpenAI's, by OpenRouter, and in the data of gpt-oss. */
const thoughtFields = ['reasoning_content', 'reasoning', 'thinking'] as const

/** Fields that determine whether an answer is learned, as named by OpenAI, axolotl and ms-swift. */
const learningFields = ['weight', 'train', 'training', 'loss'] as const

/** Fields of pictures, sound and video. */
const media = ['images', 'image', 'audios', 'audio', 'videos', 'video'] as const

/** The name of a field of pictures, sound or video; `undefined` if there is none. */
export function mediaIn(fields: JsonObject): string | undefined {
  return media.find((name) => Object.hasOwn(fields, name) && !isEmpty(fields[name]))
}

/** Whether a field is empty: it is missing, `null`, an empty text or an empty list. */
export function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** Reads `{role, content}` (OpenAI's form) or `{from, value}` (ShareGPT's). */
export function turnOf(item: Json): TurnResult {
  const turn = (typeof item === 'object' && item !== null && !Array.isArray(item) ? item : {}) as JsonObject
  const speaker = turn.role ?? turn.from
  if (speaker === undefined) return { problem: 'a message without a role' }
  const role = typeof speaker === 'string' ? roles.get(speaker.toLowerCase()) : undefined
  if (role === undefined) return { problem: `a message of the unknown role ${JSON.stringify(speaker)}` }
  const written = turn.content ?? turn.value
  if (typeof written === 'string' && role !== 'call' && isBare(turn)) return { message: { role, content: written } }
  const shown = mediaIn(turn)
  if (shown !== undefined) return { problem: `a message with "${shown}", which is not text` }
  if (role === 'call') return callTurn(turn, written)

  const content = contentOf(written)
  if ('problem' in content) return content
  const name = typeof turn.name === 'string' && turn.name !== '' ? { name: turn.name } : {}
  if (role !== 'assistant') {
    if (content.text === undefined) return { problem: 'a message without text' }
    const call = typeof turn.tool_call_id === 'string' ? { tool_call_id: turn.tool_call_id } : {}
    return { message: { role, content: content.text, ...call, ...name } }
  }
  const calls = callsOf(isEmpty(turn.tool_calls) ? turn.function_call : turn.tool_calls)
  if ('problem' in calls) return calls
  const learned = learnedOf(turn)
  if ('problem' in learned) return learned
  const refusal = typeof turn.refusal === 'string' ? turn.refusal : undefined
  const text = content.text ?? refusal ?? (calls.tool_calls === undefined ? undefined : '')
  if (text === undefined) return { problem: 'a message without text' }
  const thoughts = thoughtsOf(turn) ?? content.thoughts
  return {
    message: {
      role,
      content: text,
      ...(thoughts === undefined ? {} : { reasoning_content: thoughts }),
      ...calls,
      ...name,
      ...learned,
    },
  }
}

/** Whether a message has only a role and a text, as most have. */
function isBare(turn: JsonObject): boolean {
  for (const name in turn)
    if (name !== 'role' && name !== 'content' && name !== 'from' && name !== 'value') return false
  return true
}

/** Reads ShareGPT's `{"from": "function_call", "value": "{\"name\": …, \"arguments\": …}"}`. */
function callTurn(turn: JsonObject, written: Json | undefined): TurnResult {
  const value = typeof written === 'string' ? jsonIn(written) : written
  const calls = callsOf(value)
  if ('problem' in calls) return calls
  const learned = learnedOf(turn)
  if ('problem' in learned) return learned
  if (calls.tool_calls === undefined) return { problem: 'a tool call that names no function' }
  const thoughts = thoughtsOf(turn)
  const reasoning = thoughts === undefined ? {} : { reasoning_content: thoughts }
  return { message: { role: 'assistant', content: '', ...reasoning, ...calls, ...learned } }
}

type Content = { readonly text?: string; readonly thoughts?: string } | { readonly problem: string }

/** Reads the content of a message: a text, or a list of parts that are texts and thoughts. */
function contentOf(value: Json | undefined): Content {
  if (typeof value === 'string') return { text: value }
  if (!Array.isArray(value) || value.length === 0) return {}
  const texts: string[] = []
  const thoughts: string[] = []
  for (const part of value as readonly JsonObject[]) {
    const type = typeof part === 'string' ? 'text' : part?.type
    const text = typeof part === 'string' ? part : (part?.text ?? part?.thinking ?? part?.refusal)
    const isThought = type === 'thinking' || type === 'reasoning'
    const isText = type === 'text' || type === 'input_text' || type === 'output_text' || type === 'refusal'
    if ((!isThought && !isText) || typeof text !== 'string') {
      return { problem: `a message with a part of the type ${JSON.stringify(type ?? null)}` }
    }
    if (isThought) thoughts.push(text)
    else texts.push(text)
  }
  return { text: texts.join(''), ...(thoughts.length === 0 ? {} : { thoughts: thoughts.join('') }) }
}

function thoughtsOf(turn: JsonObject): string | undefined {
  for (const field of thoughtFields) {
    const value = turn[field]
    if (typeof value === 'string' && value.trim() !== '') return value
  }
  return undefined
}

function learnedOf(turn: JsonObject): { readonly learned?: false } | { readonly problem: string } {
  for (const field of learningFields) {
    const given = turn[field]
    if (isEmpty(given)) continue
    const value = given instanceof ExactNumber ? Number(given) : given
    if (value === 0 || value === false) return { learned: false }
    if (value !== 1 && value !== true) return { problem: `a "${field}" of an answer that is neither 0 nor 1` }
  }
  return {}
}
