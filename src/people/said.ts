/** What people said, as it lies on disk: one JSON object a line, each on disk before the next task is shown. */

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** A response is known by its place in the task, whatever order it was shown in. */
export type Entry =
  | {
      readonly event: 'ranked'
      readonly time: number
      readonly annotator: string
      readonly task: string
      /** 1 is best, equal numbers are ties. */
      readonly ranks: readonly number[]
      /** The responses that were called harmful. */
      readonly flagged: readonly number[]
      /** By criterion, 1 to 5 for each response, or null. */
      readonly ratings?: Readonly<Record<string, readonly (number | null)[]>>
      /** How long it took. */
      readonly seconds: number
    }
  | { readonly event: 'skipped'; readonly time: number; readonly annotator: string; readonly task: string }
  /** Takes back what this person said last of the task. */
  | { readonly event: 'undone'; readonly time: number; readonly annotator: string; readonly task: string }

export class SaidFile {
  readonly #path: string
  readonly #entries: Entry[]

  /** Reads what is there. A last line that was cut off, by a crash while it was written, is dropped: it was never confirmed. */
  constructor(path: string) {
    this.#path = path
    mkdirSync(dirname(path), { recursive: true })
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole))
    this.#entries = whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Entry)
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** Is on disk when it returns. */
  add(entry: Entry): void {
    const file = openSync(this.#path, 'a')
    try {
      writeSync(file, `${JSON.stringify(entry)}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    this.#entries.push(entry)
  }
}
