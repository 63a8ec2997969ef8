/** Programs in other languages that benchmarks measure for comparison. If one fails, its stderr is shown. */

import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** The output of a program. Throws an Error with all that it printed if it fails. */
export function answerOf(file: string, args: readonly string[]): string {
  const { status, signal, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (status === 0) return stdout
  throw new Error(`${file} ${args.join(' ')} ended with ${status ?? signal ?? error?.message}:\n${stderr}${stdout}`)
}

/** A process that answers each line with a line of JSON: it starts and warms up once, and is measured in turn with others. */
export class Peer {
  readonly name: string
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: Interface
  readonly #ended: Promise<undefined>
  #stderr = ''

  /** Starts a program. `env`: its environment; default that of this process. */
  constructor(name: string, file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.name = name
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env })
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk).slice(-4000)
    })
    // `ask` reports that the process has ended.
    this.#child.stdin.on('error', () => {})
    this.#child.on('error', (error) => {
      this.#stderr += error.message
    })
    this.#lines = createInterface({ input: this.#child.stdout })
    this.#ended = once(this.#child, 'close').then(
      () => undefined,
      () => undefined,
    )
  }

  /** The answer to a question. Throws an Error with the stderr of the process if it ends instead. */
  async ask<T>(question: unknown): Promise<T> {
    const answer = Promise.race([once(this.#lines, 'line').then(([line]) => line as string), this.#ended])
    this.#child.stdin.write(`${JSON.stringify(question)}\n`)
    const line = await answer
    if (line === undefined) throw new Error(this.#stderr.trim() || `${this.name} ended without an answer`)
    return JSON.parse(line) as T
  }

  /** Closes the input of the process, so that it ends. */
  end(): void {
    this.#child.stdin.end()
  }
}

/** The other side of `Peer`: answers each line of the input with a line of JSON. */
export async function answer<T>(act: (question: T) => Promise<unknown>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await act(JSON.parse(line) as T)))
}
