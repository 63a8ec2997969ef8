/** A chat template: how the messages of a conversation become one text. */

import { StageError } from '../../core/failure.ts'
import { canonical } from '../../core/json.ts'
import { sha256 } from '../../core/sha256.ts'

export interface ChatTemplate {
  /** For people; `ownName` for a template that came with its weights and has no name. */
  readonly name: string
  /** The special tokens that the tokenizer has to have. */
  readonly tokens: readonly string[]
  /** The special token that ends a turn of the assistant: the last thing it learns to say, and what stops it. */
  readonly end: string
  readonly jinja: string
  /** What else the template may name: `bos_token`, `eos_token`. */
  readonly variables?: Readonly<Record<string, string>>
  /** The day that `strftime_now` gives, `2024-07-26`; without it, a fixed one. */
  readonly date?: string
}

/** The name of a template that came with its weights. Saved with weights, and part of template identities: it must not change. */
export const ownName = 'its own'

/** What messages call the chat template of a name or an identity: `the chat template chatml`. */
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

/** The template with another `date`. A StageError if that is not a day, or if the template does not write one. */
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

/** The template of a `template(…)` in a program: its lines are joined as they are. */
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

/** The special tokens that a tokenizer has to have for a template. */
export function neededTokens({ tokens, end, jinja, variables }: ChatTemplate): string[] {
  const bos = variables?.bos_token
  return [...new Set([...tokens, end, ...(bos === undefined || !names(jinja, 'bos_token') ? [] : [bos])])]
}

/** What a template of a program names and does not have; `undefined` where it has all. */
export function unnamedToken({ jinja, variables }: ChatTemplate): 'bos_token' | undefined {
  return names(jinja, 'bos_token') && variables?.bos_token === undefined ? 'bos_token' : undefined
}

/** What a template is known by in the types of artefacts: equal only where two render alike. For people, its name comes first. */
export function templateIdentity(template: ChatTemplate): string {
  const { name, end, jinja, variables = {}, date } = template
  // Only what it names makes it render otherwise.
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
