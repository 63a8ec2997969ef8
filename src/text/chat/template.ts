/** A chat template: how the messages of a conversation become one text, and what is saved of it with the weights. */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonical, type JsonObject } from '../../core/json.ts'

export interface ChatTemplate {
  /** For people. */
  readonly name: string
  /** The special tokens that the tokenizer has to have. */
  readonly tokens: readonly string[]
  /** The special token that ends a turn of the assistant: the last thing it learns to say, and what stops it. */
  readonly end: string
  readonly jinja: string
  /** What else the template may name: `bos_token`, `eos_token`. */
  readonly variables?: Readonly<Record<string, string>>
}

/** The template of a `template(…)` in a program: its lines are joined as they are. */
export function templateOf(setting: JsonObject): ChatTemplate {
  const { name, tokens, end, jinja } = setting as unknown as Omit<ChatTemplate, 'jinja'> & { jinja: readonly string[] }
  return { name, tokens: [...tokens], end, jinja: jinja.join('') }
}

/** What a template is known by in the types of artefacts: equal only where two render alike. For people, its name comes first. */
export function templateIdentity(template: ChatTemplate): string {
  const { name, end, jinja } = template
  const digest = createHash('sha256').update(canonical({ end, jinja })).digest('hex')
  return `${name} (${digest.slice(0, 8)})`
}

/**
 * Writes the template into the `tokenizer_config.json` of a folder, as `transformers` reads it (`chat_template`), with
 * two fields of ours that say its name and which token ends a turn.
 */
export function saveTemplate(folder: string, template: ChatTemplate): void {
  const path = join(folder, 'tokenizer_config.json')
  const config = {
    ...(JSON.parse(readFileSync(path, 'utf8')) as JsonObject),
    ...template.variables,
    chat_template: template.jinja,
    chat_template_name: template.name,
    end_of_turn_token: template.end,
  }
  writeFileSync(path, `${JSON.stringify(config, null, 1)}\n`)
}

interface Config {
  readonly chat_template?: string | readonly { readonly name: string; readonly template: string }[]
  readonly chat_template_name?: string
  readonly end_of_turn_token?: string
  readonly bos_token?: Token
  readonly eos_token?: Token
}

type Token = string | { readonly content: string } | null

/**
 * The template saved with weights, ours or those of others; nothing where there is none. Where nothing says which token
 * ends a turn, it is `eos_token`: the usage of Hugging Face's chat models.
 */
export function loadTemplate(folder: string): ChatTemplate | undefined {
  const path = join(folder, 'tokenizer_config.json')
  if (!existsSync(path)) return undefined
  const config = JSON.parse(readFileSync(path, 'utf8')) as Config
  const alone = join(folder, 'chat_template.jinja')
  const jinja = existsSync(alone) ? readFileSync(alone, 'utf8') : pick(config.chat_template)
  if (jinja === undefined) return undefined
  const variables: Record<string, string> = {}
  for (const name of ['bos_token', 'eos_token'] as const) {
    const token = textOf(config[name])
    if (token !== undefined) variables[name] = token
  }
  const end = config.end_of_turn_token ?? variables.eos_token
  if (end === undefined) return undefined
  return { name: config.chat_template_name ?? 'its own', tokens: [end], end, jinja, variables }
}

/** Of several templates the one for plain chat. */
function pick(template: Config['chat_template']): string | undefined {
  if (template === undefined || typeof template === 'string') return template
  return (template.find(({ name }) => name === 'default') ?? template[0])?.template
}

function textOf(token: Token | undefined): string | undefined {
  return typeof token === 'object' ? token?.content : token
}
