/** Saves chat templates with weights in the form that transformers reads, and loads llmpipe's and published ones. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../core/values/json.ts'
import type { ConfigToken } from '../hugging-face/config.ts'
import { renderer } from './jinja.ts'
import { type ChatTemplate, ownName } from './template.ts'

/** The special tokens that transformers passes to templates. */
const namedTokens = ['bos_token', 'eos_token', 'unk_token', 'pad_token'] as const

/**
 * Writes the template to the `tokenizer_config.json` of a folder: `chat_template`, which transformers reads, and fields of llmpipe for the
 * name, the end-of-turn token and the date.
 */
export function saveTemplate(folder: string, template: ChatTemplate): void {
  const path = join(folder, 'tokenizer_config.json')
  const config = {
    ...(JSON.parse(readFileSync(path, 'utf8')) as JsonObject),
    ...template.variables,
    chat_template: template.jinja,
    chat_template_name: template.name,
    end_of_turn_token: template.end,
    ...(template.date === undefined ? {} : { chat_template_date: template.date }),
  }
  writeFileSync(path, `${JSON.stringify(config, null, 1)}\n`)
}

/** Removes the template from the `tokenizer_config.json` of a folder, which may be that of a tokenizer that came with one. */
export function removeTemplate(folder: string): void {
  const path = join(folder, 'tokenizer_config.json')
  const { chat_template, ...config } = JSON.parse(readFileSync(path, 'utf8')) as JsonObject
  if (chat_template !== undefined) writeFileSync(path, `${JSON.stringify(config, null, 1)}\n`)
}

interface Config {
  readonly chat_template?: string | readonly { readonly name: string; readonly template: string }[]
  readonly chat_template_name?: string
  readonly chat_template_date?: string
  readonly end_of_turn_token?: string
  readonly bos_token?: ConfigToken
  readonly eos_token?: ConfigToken
  readonly unk_token?: ConfigToken
  readonly pad_token?: ConfigToken
}

/** The template that is saved with weights; `undefined` if there is none. */
export function loadTemplate(folder: string): ChatTemplate | undefined {
  const path = join(folder, 'tokenizer_config.json')
  if (!existsSync(path)) return undefined
  const config = JSON.parse(readFileSync(path, 'utf8')) as Config
  const alone = join(folder, 'chat_template.jinja')
  const jinja = existsSync(alone) ? readFileSync(alone, 'utf8') : pick(config.chat_template)
  return jinja === undefined ? undefined : templateWith(config, jinja, () => addedTokens(folder))
}

/** The chat template in the contents of a tokenizer_config.json; `special`: the special tokens of the tokenizer. */
export function templateIn(config: JsonObject, special: readonly string[]): ChatTemplate | undefined {
  const read = config as Config
  const jinja = pick(read.chat_template)
  return jinja === undefined ? undefined : templateWith(read, jinja, () => special)
}

/**
 * A template with the names in its configuration. If no field names the end-of-turn token, it is the special token that the template writes
 * after an answer (such as `<end_of_turn>` of Gemma, whose `eos_token` is another), or else `eos_token`.
 */
function templateWith(config: Config, jinja: string, special: () => readonly string[]): ChatTemplate | undefined {
  const variables: Record<string, string> = {}
  for (const name of namedTokens) {
    const token = textOf(config[name])
    if (token !== undefined) variables[name] = token
  }
  const date = config.chat_template_date
  const name = config.chat_template_name ?? ownName
  const template = { name, jinja, variables, ...(date === undefined ? {} : { date }) }
  const end = config.end_of_turn_token ?? writtenEnd(template, special()) ?? variables.eos_token
  return end === undefined ? undefined : { ...template, tokens: [end], end }
}

/** The special token that a template writes after an answer; `undefined` if it writes none, or does not render. */
function writtenEnd(template: Omit<ChatTemplate, 'tokens' | 'end'>, tokens: readonly string[]): string | undefined {
  const conversation = [
    { role: 'user', content: 'A' },
    { role: 'assistant', content: 'B' },
  ]
  try {
    const text = renderer({ ...template, tokens: [], end: '' })({ messages: conversation }, false)
    const last = text.marks.findLast(({ origin }) => origin === 'given')
    const after = text.value.slice(last?.end ?? text.value.length).trimStart()
    return tokens.filter((token) => after.startsWith(token)).sort((a, b) => b.length - a.length)[0]
  } catch {
    // Rendering a conversation will report the reason.
    return undefined
  }
}

/** The special tokens of the tokenizer in a folder. */
function addedTokens(folder: string): string[] {
  const path = join(folder, 'tokenizer.json')
  if (!existsSync(path)) return []
  const { added_tokens: added } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly added_tokens?: readonly { readonly content?: unknown; readonly special?: unknown }[]
  }
  return (added ?? []).flatMap(({ content, special }) =>
    typeof content === 'string' && special === true ? [content] : [],
  )
}

/** The template for plain chat, if there are several. */
function pick(template: Config['chat_template']): string | undefined {
  if (template === undefined || typeof template === 'string') return template
  return (template.find(({ name }) => name === 'default') ?? template[0])?.template
}

function textOf(token: ConfigToken | undefined): string | undefined {
  return typeof token === 'object' ? token?.content : token
}
