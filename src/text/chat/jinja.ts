/** Renders chat templates: Jinja as Python's transformers renders it, in text that knows what of it comes from messages. */

import type { Message } from '../../core/conversation.ts'
import { ExactNumber } from '../../core/exact-number.ts'
import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/json.ts'
import { globals } from './jinja/globals.ts'
import { runTemplate } from './jinja/interpreter.ts'
import { JinjaError, Refused } from './jinja/limits.ts'
import { parseTemplate } from './jinja/parser.ts'
import { Text } from './jinja/text.ts'
import { Dict, Float, integer, List, type Value } from './jinja/value.ts'
import { type ChatTemplate, inWords } from './template.ts'

/** A conversation, with the tools that the assistant can call. */
export interface Conversation {
  readonly messages: readonly Message[]
  readonly tools?: readonly Json[] | undefined
}

/** The text of a conversation; with `prompt`, up to where the assistant's next answer begins. */
export type Render = (conversation: Conversation, prompt: boolean) => Text

/**
 * The day that `strftime_now` gives where the template has no `date`: the one that Llama 3.1's own template falls back on. A
 * rendering must not depend on the day it is made: stages are cached.
 */
export const defaultDate = '2024-07-26'

/** A template that cannot render a conversation is a StageError of one of these codes. */
export const templateFailures = ['template-failed', 'template-not-stable', 'template-not-learnable', 'no-prompt']

/** Parses a template. A template that is no Jinja, or that refuses a conversation, is a StageError `template-failed`. */
export function renderer(template: ChatTemplate): Render {
  const { jinja, variables = {}, date = defaultDate } = template
  const body = attempt(template, 'is no Jinja', () => parseTemplate(jinja))
  return ({ messages, tools }, prompt) => {
    const names = globals(date)
    for (const [name, text] of Object.entries(variables)) names.set(name, new Text(text))
    names.set('messages', new List(messages.map(messageValue)))
    names.set('tools', tools === undefined || tools.length === 0 ? null : new List(tools.map(given)))
    // As transformers hands it over.
    names.set('documents', null)
    names.set('add_generation_prompt', prompt)
    return attempt(template, 'cannot render this conversation', () => runTemplate(body, names))
  }
}

/** A renderer that also refuses a conversation of which the template leaves out what an answer calls: `template-failed`. */
export function fullRenderer(template: ChatTemplate): Render {
  const render = renderer(template)
  return (conversation, prompt) => {
    const text = render(conversation, prompt)
    const unwritten = conversation.messages.flatMap(calledBy).find((name) => !text.value.includes(name))
    if (unwritten !== undefined) throw lacksCalls(template, unwritten)
    return text
  }
}

/** The names of the functions that a message calls. */
function calledBy({ tool_calls: calls }: Message): string[] {
  return calls === undefined ? [] : namesOfFunctions(calls)
}

/** The names of functions in tools or calls of them: `{"type": "function", "function": {"name"}}`. */
export function namesOfFunctions(list: readonly Json[]): string[] {
  return list.flatMap((each) => {
    const { function: called } = (each ?? {}) as { readonly function?: { readonly name?: Json } }
    return typeof called?.name === 'string' ? [called.name] : []
  })
}

function lacksCalls({ name }: ChatTemplate, called: string): StageError {
  return new StageError(
    'template-failed',
    `${inWords(name)} does not write the tools that an answer calls: ${called}`,
    'Use a template that writes `tool_calls`, as that of Qwen does; answers would be learned without what they call.',
  )
}

/** What a template sees of a message: what is there, and not whether it is learned. Some call thoughts `thinking`. */
function messageValue({ learned: _, ...message }: Message): Value {
  const { reasoning_content: thinking } = message
  return given({ ...(thinking === undefined ? {} : { thinking }), ...message })
}

/** Roles that are names may be part of a special token: `'<|' + message.role + '|>'`. */
const roleName = /^[A-Za-z0-9_-]+$/

/** A value out of data: its text is `given`. */
function given(json: Json): Value {
  if (typeof json === 'string') return Text.of(json, 'given')
  if (typeof json === 'number') return Number.isInteger(json) ? json : new Float(json)
  if (json === null || typeof json === 'boolean') return json
  if (json instanceof ExactNumber) return json.isInteger ? integer(BigInt(json.source)) : new Float(Number(json))
  if (Array.isArray(json)) return new List(json.map(given))
  const there = Object.entries(json).filter((entry): entry is [string, Json] => entry[1] !== undefined)
  return new Dict(
    there.map(([key, value]): [Value, Value] => [
      Text.of(key, 'given'),
      key === 'role' && typeof value === 'string' && roleName.test(value) ? Text.of(value, 'name') : given(value),
    ]),
  )
}

function attempt<T>(template: ChatTemplate, problem: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof Refused)
      throw new StageError(
        'template-failed',
        `${inWords(template.name)} refuses this conversation: ${error.message}`,
        'The reason is the template’s own. Change the conversation, or use another template.',
      )
    const tooDeep = error instanceof RangeError
    if (!tooDeep && !(error instanceof JinjaError)) throw error
    throw new StageError(
      'template-failed',
      `${inWords(template.name)} ${problem}: ${tooDeep ? 'it nests too deeply' : error.message}`,
      'Templates are Jinja, as Python’s transformers renders them: https://huggingface.co/docs/transformers/chat_templating',
    )
  }
}
