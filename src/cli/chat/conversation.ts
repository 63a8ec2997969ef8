/** A chat, apart from any model and terminal: what was said to each model, and what the commands do. */

import type { Message } from '../../core/conversation.ts'
import { type Choices, choiceOf, choices } from '../terminal/sampling.ts'

/** What the session does after a line was typed. */
export type Step =
  /** The models answer the last message. */
  | { readonly do: 'answer' }
  | { readonly do: 'say'; readonly lines: readonly string[] }
  | { readonly do: 'save'; readonly file: string }
  | { readonly do: 'leave' }

interface ChatCommand {
  readonly name: string
  readonly argument?: string
  readonly what: string
  run(chat: Conversation, argument: string): Step
}

const say = (...lines: string[]): Step => ({ do: 'say', lines })

export const chatCommands: readonly ChatCommand[] = [
  {
    name: 'help',
    what: 'what can be typed',
    run: () =>
      say(
        'Anything that does not begin with / goes to the model.',
        ...chatCommands.map(({ name, argument, what }) => `/${[name, argument].join(' ').padEnd(20)} ${what}`),
      ),
  },
  { name: 'new', what: 'forget what was said', run: (chat) => chat.begin() },
  {
    name: 'system',
    argument: '[text]',
    what: 'begin anew, with a system message or without',
    run: (chat, text) => chat.begin(text),
  },
  { name: 'again', what: 'another answer to the last message', run: (chat) => chat.again() },
  { name: 'undo', what: 'take the last message and its answer back', run: (chat) => chat.undo() },
  {
    name: 'set',
    argument: '[name value]',
    what: 'change how answers are chosen; alone, print that',
    run: (chat, argument) => chat.set(argument),
  },
  { name: 'show', what: 'print the conversation', run: (chat) => say(...chat.transcript()) },
  {
    name: 'save',
    argument: 'file',
    what: 'write the conversation as JSONL, a line a model',
    run: (_, file) => (file === '' ? say('Say where: /save chat.jsonl') : { do: 'save', file }),
  },
  { name: 'quit', what: 'leave; Ctrl-D does too', run: () => ({ do: 'leave' }) },
]

export class Conversation {
  readonly models: readonly string[]
  choices: Choices
  /** What each model has heard and said. */
  #said: Message[][]

  constructor(models: readonly string[], chosen: Choices) {
    this.models = models
    this.choices = chosen
    this.#said = models.map(() => [])
  }

  /** What the model of an index has heard and said. */
  messages(model: number): readonly Message[] {
    return this.#said[model]!
  }

  /** A typed line: a message, or a command. Throws a Refusal where a value is out of bounds. */
  typed(line: string): Step {
    const text = line.trim()
    if (text === '') return say()
    if (!text.startsWith('/')) return this.#ask(text)
    const [, word = '', argument = ''] = /^\/(\S*)\s*(.*)$/s.exec(text)!
    const found = chatCommands.filter(({ name }) => name.startsWith(word) && word !== '')
    const command = found.find(({ name }) => name === word) ?? (found.length === 1 ? found[0] : undefined)
    if (command !== undefined) return command.run(this, argument.trim())
    const meant = found.length > 0 ? found.map(({ name }) => `/${name}`).join(' or ') : '/help says what there is'
    return say(`There is no /${word}: ${meant}.`)
  }

  answered(model: number, content: string): void {
    this.#said[model]!.push({ role: 'assistant', content })
  }

  /** Takes back a message that was not answered. */
  retract(): void {
    for (const messages of this.#said) while (messages.at(-1)?.role === 'user') messages.pop()
  }

  begin(system = ''): Step {
    this.#said = this.models.map(() => (system === '' ? [] : [{ role: 'system', content: system }]))
    return say(system === '' ? 'A new conversation.' : 'A new conversation, with that system message.')
  }

  again(): Step {
    if (!this.#said[0]!.some(({ role }) => role === 'user')) return say('Nothing was said yet.')
    for (const messages of this.#said) if (messages.at(-1)!.role === 'assistant') messages.pop()
    this.choices = { ...this.choices, seed: this.choices.seed + 1 }
    return { do: 'answer' }
  }

  undo(): Step {
    if (!this.#said[0]!.some(({ role }) => role === 'user')) return say('Nothing was said yet.')
    for (const messages of this.#said) {
      const last = messages.findLastIndex(({ role }) => role === 'user')
      messages.splice(last)
    }
    return say('Taken back.')
  }

  set(argument: string): Step {
    const [name = '', value = ''] = argument.split(/\s+/)
    if (name === '') {
      return say(...Object.entries(choices).map(([each, { field }]) => `${each.padEnd(20)}${this.choices[field]}`))
    }
    const choice = choices[name]
    if (choice === undefined) return say(`There is no ${name}: ${Object.keys(choices).join(', ')}.`)
    this.choices = { ...this.choices, [choice.field]: choiceOf(name, value, name) }
    return say(`${name} ${value}`)
  }

  transcript(): string[] {
    if (this.#said.every((messages) => messages.length === 0)) return ['Nothing was said yet.']
    const several = this.models.length > 1
    return this.#said.flatMap((messages, i) => [
      ...(several ? [`${this.models[i]}:`] : []),
      ...messages.map(({ role, content }) => `${several ? '  ' : ''}${role}: ${content}`),
    ])
  }

  /** One JSON object a line: `{ "model", "messages" }`. */
  toJsonl(): string {
    const line = (messages: readonly Message[], i: number) => `${JSON.stringify({ model: this.models[i], messages })}\n`
    return this.#said.map(line).join('')
  }

  #ask(content: string): Step {
    for (const messages of this.#said) messages.push({ role: 'user', content })
    return { do: 'answer' }
  }
}
