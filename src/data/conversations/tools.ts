/** Reads tools and calls of tools in the forms of published data. */

import { ExactNumber } from '../../core/values/exact-number.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import { parseExact } from '../json/exact-json.ts'

/** The value of a text of JSON, with exact numbers; `undefined` if the text is not JSON. */
export function jsonIn(text: string): Json | undefined {
  try {
    return parseExact(text)
  } catch {
    return undefined
  }
}

/**
 * The calls of an answer in the form of chat templates: `[{"type": "function", "function": {"name", "arguments"}}]`. Also reads
 * `{"name", "arguments"}`, alone or in a list, and any of these as a text of JSON.
 */
export function callsOf(
  value: Json | undefined,
): { readonly tool_calls?: readonly Json[] } | { readonly problem: string } {
  const given = typeof value === 'string' && value !== '' ? jsonIn(value) : value
  if (given === undefined && typeof value === 'string') return { problem: 'tool calls that are not JSON' }
  if (given === undefined || given === null || given === '') return {}
  const list = (Array.isArray(given) ? given : [given]) as readonly Json[]
  const calls: Json[] = []
  for (const each of list) {
    const call = objectOf(each)
    const called = objectOf(call?.function) ?? call
    if (call === undefined || typeof called?.name !== 'string') return { problem: 'a tool call that names no function' }
    const id = typeof call.id === 'string' ? { id: call.id } : {}
    const input = called.arguments ?? called.parameters ?? {}
    calls.push({ ...id, type: 'function', function: { name: called.name, arguments: argumentsOf(input) } })
  }
  return calls.length === 0 ? {} : { tool_calls: calls }
}

/** The arguments of a call. A text of a JSON object is parsed, because templates write arguments with `tojson`. */
function argumentsOf(value: Json): Json {
  const parsed = typeof value === 'string' ? jsonIn(value) : undefined
  return objectOf(parsed) ?? value
}

/**
 * The tools of a record in the form of chat templates, from `tools` (a list, or a text of JSON) or OpenAI's older `functions`. `{}` if
 * there are none.
 */
export function toolsOf({
  tools,
  functions,
}: JsonObject): { readonly tools?: readonly Json[] } | { readonly problem: string } {
  const given = tools ?? functions
  if (given === undefined || given === null || given === '') return {}
  const list = typeof given === 'string' ? jsonIn(given) : given
  if (!Array.isArray(list)) return { problem: '"tools" that are not a list' }
  if (list.length === 0) return {}
  const wrapped = (list as readonly Json[]).map((tool) => {
    const bare = objectOf(tool)
    return bare !== undefined && bare.function === undefined && typeof bare.name === 'string'
      ? { type: 'function', function: bare }
      : tool
  })
  return { tools: wrapped }
}

function objectOf(value: Json | undefined): JsonObject | undefined {
  const isObject =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  return isObject ? (value as JsonObject) : undefined
}
