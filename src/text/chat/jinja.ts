/** Renders chat templates as Python's transformers does, in text that knows which characters come from messages. */

import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import { ExactNumber } from '../../core/values/exact-number.ts'
import type { Json } from '../../core/values/json.ts'
import { globals } from './jinja/globals.ts'
import { runTemplate } from './jinja/interpreter.ts'
import { JinjaError, Refused } from './jinja/limits.ts'
import { parseTemplate } from './jinja/parser.ts'
import { Text } from './jinja/text.ts'
import { Dict, Float, integer, List, type Value } from './jinja/value.ts'
import { type ChatTemplate, inWords } from './template.ts'

/** A conversation with the tools that the assistant may call. */
export interface Conversation {
  readonly messages: readonly Message[]
  readonly tools?: readonly Json[] | undefined
}

/** Renders a conversation; with `prompt`, up to the start of the assistant's next answer. */
export type Render = (conversation: Conversation, prompt: boolean) => Text

/**
 * The day that `strftime_now` returns if the template has no `date`: the default in Llama 3.1's own template. A rendering must not depend
 * on the current day, because stages are cached.
 */
export const defaultDate = '2024-07-26'

/** The codes of the StageErrors for a template that cannot render a conversation. */
export const templateFailures = ['template-failed', 'template-not-stable', 'template-not-learnable', 'no-prompt']

/** Parses a template. Throws a StageError `template-failed` for invalid Jinja, and later for a conversation that the template refuses. */
export function renderer(template: ChatTemplate): Render {
  const { jinja, variables = {}, date = defaultDate } = template
  const body = attempt(template, 'is not valid Jinja', () => parseTemplate(jinja))
  return ({ messages, tools }, prompt) => {
    const names = globals(date)
    for (const [name, text] of Object.entries(variables)) names.set(name, new Text(text))
    names.set('messages', new List(messages.map(messageValue)))
    names.set('tools', tools === undefined || tools.length === 0 ? null : new List(tools.map(given)))
    // As in transformers.
    names.set('documents', null)
    names.set('add_generation_prompt', prompt)
    return attempt(template, 'cannot render this conversation', () => runTemplate(body, names))
  }
}

/** A renderer that also refuses conversations whose tool calls the template does not write: a StageError `template-failed`. */
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

/** The names of the functions in a list of tools or calls: `{"type": "function", "function": {"name"}}`. */
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
    'Use a template that writes `tool_calls`, such as that of Qwen. Otherwise answers would be learned without their calls.',
  )
}

/** A message as the template sees it, without `learned`. Some templates name thoughts `thinking`. */
function messageValue({ learned: _, ...message }: Message): Value {
  const { reasoning_content: thinking } = message
  return given({ ...(thinking === undefined ? {} : { thinking }), ...message })
}

/** The roles that may be part of a special token: `'<|' + message.role + '|>'`. */
const roleName = /^[A-Za-z0-9_-]+$/

/** A value from a message or tool. Its text has the origin `given`. */
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
        'The reason comes from the template. Change the conversation, or use another template.',
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
