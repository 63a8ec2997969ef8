/** The frame of a trial that repeats something: its options, its random numbers, its counts, and its end. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../src/core/values/random.ts'
import type { Ended } from '../test/attacks/hostile.ts'
import { endTrial } from './end.ts'

/** The time after which a command counts as one that never ends, in milliseconds. */
export const patience = 120_000

export class Campaign {
  readonly #name: string
  readonly #seed: number
  readonly #count: number
  readonly #only: number | undefined
  readonly #atOnce: number | undefined
  readonly #began = performance.now()
  readonly #counts = new Map<string, number>()
  readonly #failures = new Map<string, number>()
  readonly #folders: string[] = []

  /** Reads `--count`, `--seed`, `--only` (the number of the only trial to repeat) and `--at-once` (how many trials run at a time) from the command line. */
  constructor(name: string, count: number) {
    const { values } = parseArgs({
      options: {
        count: { type: 'string', default: `${count}` },
        seed: { type: 'string', default: '1' },
        only: { type: 'string' },
        'at-once': { type: 'string' },
      },
    })
    this.#name = name
    this.#count = Number(values.count)
    this.#seed = Number(values.seed)
    this.#only = values.only === undefined ? undefined : Number(values.only)
    this.#atOnce = values['at-once'] === undefined ? undefined : Number(values['at-once'])
  }

  /** How many trials run at a time: `--at-once`, or else `usual`. */
  atOnce(usual: number): number {
    return this.#atOnce ?? usual
  }

  /** Runs the trials, `atOnce` at a time unless `--at-once` gives another number. Each has its own random numbers, so that it can be repeated alone. */
  async trials(act: (index: number, random: Random) => Promise<void>, atOnce = 2): Promise<void> {
    const left = this.#only === undefined ? Array.from({ length: this.#count }, (_, i) => i) : [this.#only]
    const work = async () => {
      for (let i = left.shift(); i !== undefined; i = left.shift())
        await act(i, new Random(this.#seed, this.#name, i)).catch((error: unknown) =>
          this.fault(`trial ${i}`, 'the trial itself fails', (error as Error).stack ?? `${error}`),
        )
    }
    await Promise.all(Array.from({ length: this.atOnce(atOnce) }, work))
  }

  get count(): number {
    return this.#count
  }

  get seed(): number {
    return this.#seed
  }

  /** A temporary folder that is removed at the end. */
  folder(): string {
    const made = mkdtempSync(join(tmpdir(), `llmpipe-${this.#name}-`))
    this.#folders.push(made)
    return made
  }

  /** Adds to a count in the table. */
  tally(what: string, by = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + by)
  }

  /** Prints a failure, and counts it. */
  fault(where: string, what: string, more = ''): void {
    const failure = `FAILURE: ${what}`
    this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1)
    console.error(`${where}: ${what}\n${more.slice(0, 3000)}\n`)
  }

  /** Prints the table and the number of failures; the exit code is 1 if there are any. */
  end(): void {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
    const sorted = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))
    endTrial(
      `${this.#name}: seed ${this.#seed}`,
      this.#began,
      Object.fromEntries(sorted),
      Object.fromEntries(this.#failures),
    )
  }
}

export function pick<T>(random: Random, all: readonly T[]): T {
  return all[random.below(all.length)]!
}

/** The fault in the way a command ended, whatever it did; `undefined` if there is none. */
export function wrongEnd({ code, stdout, stderr }: Ended): string | undefined {
  if (code === null) return 'a command does not end by itself'
  const said = `${stdout}\n${stderr}`
  if (/bug in llmpipe|error\[bug\]|"code":"bug"/.test(said)) return 'a command says that llmpipe has a bug'
  if (/(^|\\n) {4}at \S/m.test(said)) return 'a command prints a stack'
  if (![0, 1, 2].includes(code)) return `a command ends with ${code}`
  if (code !== 0 && said.trim() === '') return 'a command fails without a word'
  return undefined
}
