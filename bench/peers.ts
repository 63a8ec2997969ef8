/** Programs in other languages that benchmarks measure beside ours: what they say on stderr is shown where they fail. */

import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** Runs a program to its end; what it prints. An Error with all that it said where it fails. */
export function answerOf(file: string, args: readonly string[]): string {
  const { status, signal, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (status === 0) return stdout
  throw new Error(`${file} ${args.join(' ')} ended with ${status ?? signal ?? error?.message}:\n${stderr}${stdout}`)
}

/** A process that answers each line with a line of JSON, so that it is started and warmed up once and measured in turn with others. */
export class Peer {
  readonly name: string
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: Interface
  readonly #ended: Promise<undefined>
  #said = ''

  constructor(name: string, file: string, args: readonly string[]) {
    this.name = name
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk).slice(-4000)
    })
    // Its end is told by the answer that does not come.
    this.#child.stdin.on('error', () => {})
    this.#child.on('error', (error) => {
      this.#said += error.message
    })
    this.#lines = createInterface({ input: this.#child.stdout })
    this.#ended = once(this.#child, 'close').then(
      () => undefined,
      () => undefined,
    )
  }

  /** The answer to a question; an Error with what the process said where it ended instead. */
  async ask<T>(question: unknown): Promise<T> {
    const answer = Promise.race([once(this.#lines, 'line').then(([line]) => line as string), this.#ended])
    this.#child.stdin.write(`${JSON.stringify(question)}\n`)
    const line = await answer
    if (line === undefined) throw new Error(this.#said.trim() || `${this.name} ended without an answer`)
    return JSON.parse(line) as T
  }

  /** Lets it end. */
  end(): void {
    this.#child.stdin.end()
  }
}

/** Answers the questions that Peer asks a process: each line by a line of JSON. */
export async function answer<T>(act: (question: T) => Promise<unknown>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await act(JSON.parse(line) as T)))
}
