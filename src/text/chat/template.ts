/** A chat template, which turns the messages of a conversation into one text. */

import { StageError } from '../../core/failure.ts'
import { canonical } from '../../core/values/json.ts'
import { sha256 } from '../../core/values/sha256.ts'

export interface ChatTemplate {
  /** A name for people; `ownName` for a template that came with its weights and has no name. */
  readonly name: string
  /** The special tokens that the tokenizer needs. */
  readonly tokens: readonly string[]
  /** The special token that ends a turn of the assistant, and stops generation. */
  readonly end: string
  readonly jinja: string
  /** Other variables of the template: `bos_token`, `eos_token`. */
  readonly variables?: Readonly<Record<string, string>>
  /** The day that `strftime_now` returns, such as `2024-07-26`; without it, `defaultDate`. */
  readonly date?: string
}

/** The name of a template that came with its weights. It is saved with weights and part of template identities, and must not change. */
export const ownName = 'its own'

/** A chat template in messages, by its name or identity: `the chat template chatml`. */
export function inWords(name: string): string {
  if (name.startsWith(ownName)) return `the chat template that came with the weights${name.slice(ownName.length)}`
  const [, weights] = /^that of (.+)$/.exec(name) ?? []
  return weights === undefined ? `the chat template ${name}` : `the chat template that came with \`${weights}\``
}

/** Whether a rendering depends on the template's `date`. */
export function usesDate({ jinja }: Pick<ChatTemplate, 'jinja'>): boolean {
  return names(jinja, 'strftime_now')
}

/** Whether a text is a day of the calendar, written `2026-01-31`. */
export function isDate(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/** The template with another `date`. Throws a StageError `no-date` if the date is not a day, or the template does not write one. */
export function withDate(template: ChatTemplate, date: string): ChatTemplate {
  if (!isDate(date))
    throw new StageError('no-date', `${JSON.stringify(date)} is not a day`, 'Write year, month and day: 2026-01-31.')
  if (usesDate(template)) return { ...template, date }
  throw new StageError(
    'no-date',
    `${inWords(template.name)} does not call \`strftime_now\`: a date changes nothing`,
    'Leave the date out.',
  )
}

/** The template of a `template(…)` in a program. Its pieces are joined without separators. */
export function templateOf({ name, tokens, end, date, bos, ...given }: TemplateSetting): ChatTemplate {
  const jinja = given.jinja.join('')
  const variables = {
    ...(bos !== undefined && names(jinja, 'bos_token') ? { bos_token: bos } : {}),
    ...(names(jinja, 'eos_token') ? { eos_token: end } : {}),
  }
  return {
    name,
    tokens: [...tokens],
    end,
    jinja,
    ...(Object.keys(variables).length === 0 ? {} : { variables }),
    ...(date !== undefined && usesDate({ jinja }) ? { date } : {}),
  }
}

/** The value of a setting `template`. */
export type TemplateSetting = Omit<ChatTemplate, 'jinja' | 'variables'> & {
  readonly jinja: readonly string[]
  readonly bos?: string
}

function names(jinja: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(jinja)
}

/** The special tokens that a tokenizer needs for a template. */
export function neededTokens({ tokens, end, jinja, variables }: ChatTemplate): string[] {
  const bos = variables?.bos_token
  return [...new Set([...tokens, end, ...(bos === undefined || !names(jinja, 'bos_token') ? [] : [bos])])]
}

/** The variable that a template of a program uses but does not define; `undefined` if there is none. */
export function unnamedToken({ jinja, variables }: ChatTemplate): 'bos_token' | undefined {
  return names(jinja, 'bos_token') && variables?.bos_token === undefined ? 'bos_token' : undefined
}

/** The identity of a template in the types of artefacts: its name, and a digest that is equal only for templates that render equally. */
export function templateIdentity(template: ChatTemplate): string {
  const { name, end, jinja, variables = {}, date } = template
  // Variables that the template does not use do not change the rendering.
  const named = Object.fromEntries(
    Object.entries(variables).filter(([variable]) => variable === 'bos_token' && names(jinja, variable)),
  )
  const rendering = {
    end,
    jinja,
    ...(Object.keys(named).length === 0 ? {} : { variables: named }),
    ...(date === undefined ? {} : { date }),
  }
  const digest = sha256(canonical(rendering))
  return `${name} (${digest.slice(0, 8)})`
}
