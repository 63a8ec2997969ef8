/**
 * Where the assistant speaks in a rendered conversation, found out by rendering alone: the text up to a turn, with the
 * template's invitation to answer, and the text with the turn in it differ by what the assistant has to say.
 *
 *     render(before, prompt)  <|im_start|>user⏎Hi<|im_end|>⏎<|im_start|>assistant⏎
 *     render(with the turn)   <|im_start|>user⏎Hi<|im_end|>⏎<|im_start|>assistant⏎Hello.<|im_end|>⏎
 *                                                                                 ╰──── turn ────╯
 */

import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import type { Render } from './jinja.ts'
import type { ChatTemplate } from './template.ts'

export interface Turn {
  /** Which message it is. */
  readonly message: number
  /** Where it begins in the text, and where its end token ends. */
  readonly start: number
  readonly end: number
}

export interface RenderedChat {
  readonly text: string
  readonly turns: readonly Turn[]
}

/**
 * Renders a conversation and finds its turns of the assistant. A template that does not render the beginning of a
 * conversation the same whatever follows, that does not invite an answer, or does not end one, is a StageError: there is
 * no telling then what the model would see at that place.
 */
export function renderTurns(
  template: ChatTemplate,
  render: Render,
  messages: readonly Message[],
  prompt: boolean,
): RenderedChat {
  const text = render(messages, prompt)
  const turns: Turn[] = []
  for (const [message, { role, content }] of messages.entries()) {
    if (role !== 'assistant') continue
    if (message === 0) throw new StageError('no-prompt', 'a conversation begins with the assistant', 'Leave it out.')
    const before = render(messages.slice(0, message), true)
    const after = render(messages.slice(0, message + 1), false)
    if (!after.startsWith(before)) throw unstable(template, message, 'with and without the answer that follows')
    if (!text.startsWith(after)) throw unstable(template, message + 1, 'with and without the messages that follow')
    const said = after.slice(before.length)
    // Templates strip white space, and some put some before an answer; nothing else may come before it.
    const leading = said.length - said.trimStart().length
    const trimmed = content.trim()
    const rest = leading + trimmed.length
    const stop = said.startsWith(trimmed, leading) ? said.indexOf(template.end, rest) : -1
    if (stop === -1 || said.slice(rest, stop).trim() !== '') throw unlearnable(template, said, trimmed)
    turns.push({ message, start: before.length, end: before.length + stop + template.end.length })
  }
  return { text, turns }
}

function unstable(template: ChatTemplate, messages: number, when: string): StageError {
  return new StageError(
    'template-not-stable',
    `the chat template ${template.name} renders the first ${messages} message${messages === 1 ? '' : 's'} differently ${when}`,
    'Use a template that only adds text as a conversation goes on: else the model would be taught on text it never sees when it answers.',
  )
}

function unlearnable(template: ChatTemplate, said: string, content: string): StageError {
  const show = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
  return new StageError(
    'template-not-learnable',
    `the chat template ${template.name} makes ${show(said)} of the answer ${show(content)}, not the answer and ${template.end}`,
    'A template has to honour add_generation_prompt, leave an answer as it is, and put its end token right after it.',
  )
}
