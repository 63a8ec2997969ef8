/** A conversation without its models and terminal: the messages of each model, and the commands that one can type. */

import type { Message } from '../../core/conversation.ts'
import { type Choices, choiceNamed, choiceNames, choiceOf, choices, typedName } from '../terminal/sampling.ts'

/** The action of the session after a line was typed. */
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
    what: 'list the commands',
    run: () =>
      say(
        'Anything that does not begin with / goes to the model.',
        ...chatCommands.map(({ name, argument, what }) => `/${[name, argument].join(' ').padEnd(20)} ${what}`),
      ),
  },
  { name: 'new', what: 'begin a new conversation', run: (chat) => chat.begin() },
  {
    name: 'system',
    argument: '[text]',
    what: 'begin a new conversation with this system message, or without one',
    run: (chat, text) => chat.begin(text),
  },
  { name: 'again', what: 'get another answer to the last message', run: (chat) => chat.again() },
  { name: 'undo', what: 'remove the last message and its answer', run: (chat) => chat.undo() },
  {
    name: 'set',
    argument: '[name value]',
    what: 'change how tokens are chosen; without a name, print the values',
    run: (chat, argument) => chat.set(argument),
  },
  { name: 'show', what: 'print the conversation', run: (chat) => say(...chat.transcript()) },
  {
    name: 'save',
    argument: 'file',
    what: 'write the conversation as JSONL, one line per model',
    run: (_, file) => (file === '' ? say('Name a file: /save chat.jsonl') : { do: 'save', file }),
  },
  { name: 'quit', what: 'leave the chat, like Ctrl-D', run: () => ({ do: 'leave' }) },
]

export class Conversation {
  readonly models: readonly string[]
  choices: Choices
  /** The messages of each model. */
  #messages: Message[][]

  constructor(models: readonly string[], chosen: Choices) {
    this.models = models
    this.choices = chosen
    this.#messages = models.map(() => [])
  }

  /** The messages of the model with this index. */
  messages(model: number): readonly Message[] {
    return this.#messages[model]!
  }

  /** Handles a typed line: a message, or a command. Throws a Refusal for a value that is out of bounds. */
  typed(line: string): Step {
    const text = line.trim()
    if (text === '') return say()
    if (!text.startsWith('/')) return this.#ask(text)
    const [, word = '', argument = ''] = /^\/(\S*)\s*(.*)$/s.exec(text)!
    const found = chatCommands.filter(({ name }) => name.startsWith(word) && word !== '')
    const command = found.find(({ name }) => name === word) ?? (found.length === 1 ? found[0] : undefined)
    if (command !== undefined) return command.run(this, argument.trim())
    const meant = found.length > 0 ? found.map(({ name }) => `/${name}`).join(' or ') : '/help lists the commands'
    return say(`There is no command /${word}: ${meant}.`)
  }

  answered(model: number, content: string): void {
    this.#messages[model]!.push({ role: 'assistant', content })
  }

  /** Removes a message that was not answered. */
  retract(): void {
    for (const messages of this.#messages) while (messages.at(-1)?.role === 'user') messages.pop()
  }

  begin(system = ''): Step {
    this.#messages = this.models.map(() => (system === '' ? [] : [{ role: 'system', content: system }]))
    return say(system === '' ? 'A new conversation begins.' : 'A new conversation begins, with that system message.')
  }

  again(): Step {
    if (!this.#messages[0]!.some(({ role }) => role === 'user')) return say('There are no messages yet.')
    for (const messages of this.#messages) if (messages.at(-1)!.role === 'assistant') messages.pop()
    this.choices = { ...this.choices, seed: this.choices.seed + 1 }
    return { do: 'answer' }
  }

  undo(): Step {
    if (!this.#messages[0]!.some(({ role }) => role === 'user')) return say('There are no messages yet.')
    for (const messages of this.#messages) {
      const last = messages.findLastIndex(({ role }) => role === 'user')
      messages.splice(last)
    }
    return say('Removed.')
  }

  set(argument: string): Step {
    const [typed = '', value = ''] = argument.split(/\s+/)
    if (typed === '') {
      return say(...choiceNames.map((each) => `${typedName(each).padEnd(20)}${this.choices[choices[each].field]}`))
    }
    const name = choiceNamed(typed)
    if (name === undefined) return say(`There is no ${typed}: ${choiceNames.map(typedName).join(', ')}.`)
    this.choices = { ...this.choices, [choices[name].field]: choiceOf(name, value, typed) }
    return say(`${typed} ${value}`)
  }

  transcript(): string[] {
    if (this.#messages.every((messages) => messages.length === 0)) return ['There are no messages yet.']
    const several = this.models.length > 1
    return this.#messages.flatMap((messages, i) => [
      ...(several ? [`${this.models[i]}:`] : []),
      ...messages.map(({ role, content }) => `${several ? '  ' : ''}${role}: ${content}`),
    ])
  }

  /** The conversation as lines of JSON: `{ "model", "messages" }`. */
  toJsonl(): string {
    const line = (messages: readonly Message[], i: number) => `${JSON.stringify({ model: this.models[i], messages })}\n`
    return this.#messages.map(line).join('')
  }

  #ask(content: string): Step {
    for (const messages of this.#messages) messages.push({ role: 'user', content })
    return { do: 'answer' }
  }
}
