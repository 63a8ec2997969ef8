/** The messages of a prompt made of a document's fields. */

import type { Message } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/json.ts'
import { type FieldTemplate, fieldTemplate } from './fill.ts'

/** Messages that ask, or the rule by which a document cannot. */
export type Asked = { readonly messages: readonly Message[] } | { readonly rule: string }

/** Makes prompts by the templates of the user's and the system's message. */
export function asking(prompt: string, system: string | undefined): (fields: JsonObject) => Asked {
  const templates = [
    ...(system === undefined ? [] : [{ role: 'system', template: fieldTemplate(system) }]),
    { role: 'user', template: fieldTemplate(prompt) },
  ]
  return (fields) => {
    const messages: Message[] = []
    for (const { role, template } of templates) {
      const filled = said(template, fields)
      if ('rule' in filled) return filled
      messages.push({ role, content: filled.text })
    }
    return { messages }
  }
}

/** A template filled in, or the rule that a missing field breaks. */
export function said(
  template: FieldTemplate,
  fields: JsonObject,
): { readonly text: string } | { readonly rule: string } {
  const filled = template.fill(fields)
  if ('text' in filled) return filled
  return { rule: filled.problem === 'missing' ? `no field {${filled.field}}` : `{${filled.field}} is no text` }
}
