/** The first pairs, prompts, answers or rankings of an artefact, as lines. */

import type { Message, Response } from '../../core/conversation.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import { cut, fitTo, type Line, seg, wrap } from '../../view/line.ts'
import { firstRecords } from './documents.ts'

/** How many lines of each message are shown. */
const maxLines = 3

export function conversationLines(folder: string, width: number): Line[] {
  const lines: Line[] = []
  for (const record of firstRecords(folder)) {
    const { id, messages, responses, ranks } = record as {
      id: string
      messages: readonly Message[]
      responses?: readonly (string | Response)[]
      ranks?: readonly number[]
    }
    if (lines.length > 0) lines.push([])
    lines.push([seg(cut(id, width), 'dim')])
    for (const message of messages) lines.push(...messageLines(message, width))
    for (const [i, response] of (responses ?? []).entries()) {
      const text = typeof response === 'string' ? response : response.text
      const open = typeof response === 'string' || response.ended ? '' : ' (cut off)'
      lines.push(...labeled(ranks === undefined ? `answer ${i + 1}` : `rank ${ranks[i]}`, text + open, width))
    }
  }
  return lines
}

/** A message with its thoughts and tool calls. The role of a message that is not learned stands in parentheses. */
function messageLines(message: Message, width: number): Line[] {
  const { role, content, reasoning_content: thoughts, tool_calls: calls, learned } = message
  const who = learned === false ? `(${role})` : role
  const parts: readonly (readonly [string, string])[] = [
    ...(thoughts === undefined ? [] : [['thinks', thoughts] as const]),
    ...(content === '' && calls !== undefined ? [] : [['', content] as const]),
    ...(calls ?? []).map((call) => ['calls', inShort(call)] as const),
  ]
  return parts.flatMap(([does, text], i) => labeled(i === 0 ? who : '', does === '' ? text : `${does} ${text}`, width))
}

/** A tool call as `weather {"city":"Bern"}`. */
function inShort(call: Json): string {
  const { name, arguments: given } = (call as { readonly function: JsonObject }).function
  return `${name} ${typeof given === 'string' ? given : JSON.stringify(given)}`
}

/** A text behind a label, cut to a few lines. */
function labeled(who: string, text: string, width: number): Line[] {
  const room = Math.max(8, width - 14)
  const wrapped = wrap(text.trim(), room)
  return wrapped.slice(0, maxLines).map((line, i) => {
    const last = i === maxLines - 1 && wrapped.length > maxLines
    return [seg(`  ${fitTo(i === 0 ? who : '', 10)}  `, 'dim'), seg(last ? cut(`${line} …`, room) : line)]
  })
}
