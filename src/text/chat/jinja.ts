/** Renders chat templates: Jinja as Python's transformers renders it. */

import { Template } from '@huggingface/jinja'
import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import type { ChatTemplate } from './template.ts'

/** The text of a conversation; with `prompt`, up to where the assistant's next answer begins. */
export type Render = (messages: readonly Message[], prompt: boolean) => string

/** Parses a template. A template that is no Jinja, or that refuses a conversation, is a StageError `template-failed`. */
export function renderer(template: ChatTemplate): Render {
  const parsed = attempt(template, 'is no Jinja', () => new Template(template.jinja))
  return (messages, prompt) =>
    attempt(template, 'cannot render this conversation', () =>
      parsed.render({ ...template.variables, messages, add_generation_prompt: prompt }),
    )
}

function attempt<T>(template: ChatTemplate, problem: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw new StageError(
      'template-failed',
      `the chat template ${template.name} ${problem}: ${(error as Error).message}`,
      'Its messages have a role (system, user or assistant) and a content; some templates want the roles to take turns.',
    )
  }
}
