/** Runs a chat in the terminal or on standard input: reads lines, and shows the answers while the models write them. */

import { writeFileSync } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'
import { type Line, paint, seg } from '../../view/line.ts'
import { write, writeExactly } from '../terminal/output.ts'
import { colored, columns, print, printJsonLine } from '../terminal/print.ts'
import { Refusal } from '../terminal/refusal.ts'
import { Growing, sideBySide } from './columns.ts'
import { type Conversation, chatCommands } from './conversation.ts'
import type { Speaker } from './speaker.ts'

const prompt = '› '

interface Written {
  text: string
  tokens: number
}

export class Session {
  readonly #conversation: Conversation
  readonly #speakers: readonly Speaker[]
  readonly #json: boolean
  readonly #isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true
  /** Stops the answers. Set while models answer. */
  #stop: AbortController | undefined
  #noted = false

  constructor(conversation: Conversation, speakers: readonly Speaker[], { json }: { readonly json: boolean }) {
    this.#conversation = conversation
    this.#speakers = speakers
    this.#json = json
  }

  /** Runs until the input ends or /quit is typed. */
  async run(): Promise<void> {
    const { models } = this.#conversation
    const lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: this.#isTerminal,
      prompt,
      completer: complete,
    })
    if (this.#isTerminal) {
      lines.on('SIGINT', () => this.#interrupted(lines))
      this.#print([[seg(models.join(' and '), 'bold'), seg(' · /help lists the commands, Ctrl-D leaves', 'dim')]])
      lines.prompt()
    }
    for await (const line of lines) {
      if (await this.#typed(line)) break
      if (this.#isTerminal) lines.prompt()
    }
    lines.close()
    if (this.#isTerminal) write('\n')
  }

  /** Handles a typed line. Returns whether to leave. */
  async #typed(line: string): Promise<boolean> {
    try {
      const step = this.#conversation.typed(line)
      if (step.do === 'leave') return true
      if (step.do === 'answer') await this.#answer()
      else if (step.do === 'say') this.#print(step.lines.map((text) => [seg(text, 'dim')]))
      else {
        writeFileSync(step.file, this.#conversation.toJsonl())
        this.#print([[seg(`Written to ${step.file}.`, 'dim')]])
      }
    } catch (error) {
      // Mistakes in what was typed are reported, and the chat continues.
      if (!(error instanceof Refusal) && (error as NodeJS.ErrnoException).code === undefined) throw error
      this.#print([[seg((error as Error).message, 'bad')]])
    }
    return false
  }

  async #answer(): Promise<void> {
    const { choices } = this.#conversation
    const given = this.#speakers.map((speaker, i) => speaker.prompt(this.#conversation.messages(i), choices))
    if (given.includes(undefined)) {
      this.#conversation.retract()
      this.#print([[seg('The message is longer than the context of the model.', 'bad')]])
      return
    }
    if (!this.#noted && given.some((each) => each!.forgotten > 0)) {
      this.#noted = true
      this.#print([
        [
          seg(
            'The context is full: the model no longer sees the oldest messages. /new begins a new conversation.',
            'warn',
          ),
        ],
      ])
    }
    this.#stop = new AbortController()
    const { signal } = this.#stop
    const written = this.#speakers.map((): Written => ({ text: '', tokens: 0 }))
    const started = performance.now()
    const answers = this.#speakers.map((speaker, i) => speaker.answer(given[i]!.ids, choices))
    const show = this.#screen()
    let live = answers.map((_, i) => i)
    while (live.length > 0 && !signal.aborted) {
      // The models write in turn, one token each.
      const going: number[] = []
      for (const i of live) {
        const { done, value } = await answers[i]!.next()
        if (done) continue
        written[i]!.text += value
        written[i]!.tokens++
        going.push(i)
      }
      live = going
      show(written, false)
      // Lets Ctrl-C arrive between tokens.
      await new Promise((resolve) => setImmediate(resolve))
    }
    show(written, true)
    this.#stop = undefined
    const seconds = (performance.now() - started) / 1000
    for (const [i, { text, tokens }] of written.entries()) {
      this.#conversation.answered(i, text)
      const model = this.#conversation.models[i]
      if (this.#json) printJsonLine({ model, text, tokens, seconds })
    }
    if (signal.aborted) this.#print([[seg('Stopped.', 'dim')]])
  }

  /** Shows growing answers: one as it is written, two side by side, or one after the other if there is no terminal. */
  #screen(): (written: readonly Written[], isDone: boolean) => void {
    if (this.#json) return () => undefined
    const { models } = this.#conversation
    const shown = (line: Line) => paint(line, colored())
    if (models.length === 1) {
      let length = 0
      return ([only], isDone) => {
        const safe = only!.text
          .split('\n')
          .map((line) => seg(line).text)
          .join('\n')
        write(safe.slice(length) + (isDone ? '\n' : ''))
        length = safe.length
      }
    }
    if (!this.#isTerminal) {
      return (written, isDone) => {
        if (isDone) this.#print(written.map(({ text }, i): Line => [seg(`${models[i]}: `, 'bold'), seg(text)]))
      }
    }
    const [head] = sideBySide(models, columns())
    this.#print([head!.map(({ text }) => seg(text, 'bold'))])
    const growing = new Growing(writeExactly, shown)
    return (written) =>
      growing.show(
        sideBySide(
          written.map(({ text }) => text),
          columns(),
        ),
      )
  }

  #interrupted(lines: Interface): void {
    if (this.#stop) this.#stop.abort()
    else if (lines.line === '') {
      this.#print([[], [seg('Ctrl-D leaves.', 'dim')]])
      lines.prompt()
    } else {
      // Discards the typed line, as a shell does.
      write('^C\n')
      lines.write(null, { ctrl: true, name: 'e' })
      lines.write(null, { ctrl: true, name: 'u' })
      lines.prompt()
    }
  }

  #print(lines: readonly Line[]): void {
    if (this.#json) return
    print(lines)
  }
}

/** Completes the commands of the chat. */
function complete(line: string): [string[], string] {
  if (!line.startsWith('/')) return [[], line]
  return [chatCommands.map(({ name }) => `/${name} `).filter((each) => each.startsWith(line)), line]
}
