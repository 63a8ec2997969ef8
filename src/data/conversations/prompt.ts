/** Makes prompts of the fields of documents. */

import type { Message } from '../../core/conversation.ts'
import type { JsonObject } from '../../core/values/json.ts'
import { type FieldTemplate, fieldTemplate } from './field-template.ts'

/** The messages of a prompt, or the rule that drops the document. */
export type FilledPrompt = { readonly messages: readonly Message[] } | { readonly rule: string }

/** Makes prompts from the templates of the user message and of the system message. */
export function promptFrom(prompt: string, system: string | undefined): (fields: JsonObject) => FilledPrompt {
  const templates = [
    ...(system === undefined ? [] : [{ role: 'system', template: fieldTemplate(system) }]),
    { role: 'user', template: fieldTemplate(prompt) },
  ]
  return (fields) => {
    const messages: Message[] = []
    for (const { role, template } of templates) {
      const filled = fillIn(template, fields)
      if ('rule' in filled) return filled
      messages.push({ role, content: filled.text })
    }
    return { messages }
  }
}

/** Fills in a template. Returns the rule that drops the document if a field is missing or is not a text. */
export function fillIn(
  template: FieldTemplate,
  fields: JsonObject,
): { readonly text: string } | { readonly rule: string } {
  const filled = template.fill(fields)
  if ('text' in filled) return filled
  return { rule: filled.problem === 'missing' ? `no field {${filled.field}}` : `{${filled.field}} is not a text` }
}
