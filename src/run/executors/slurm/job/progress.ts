/**
 * Whether the jobs of a stage get further from one start to the next: a stage that does not would be started for ever by a time limit that is too short.
 */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { StageEvent } from '../../../../core/event.ts'
import { isCount, isNumber, isObject, isText, optional, shape } from '../../../../core/values/shape.ts'
import { isMissing } from '../../../../store/durable.ts'

/** How far the starts of a stage got, over all of its jobs. */
export interface Progress {
  /** How many starts in a row reached their time limit without getting further than those before. */
  readonly stalled: number
  /** The furthest step of a checkpoint. */
  readonly step?: number
  /** The furthest `done` that was reported, by phase and unit. */
  readonly reached: Readonly<Record<string, number>>
  /** A digest of the files that the stage saved. */
  readonly saved: string
}

export const isProgress = shape<Progress>({
  stalled: isCount,
  step: optional(isNumber),
  reached: (value): value is Progress['reached'] => isObject(value) && Object.values(value).every(isNumber),
  saved: isText,
})

/** How many starts in a row may reach their time limit without getting further. */
export const mostStalled = 3
/** Starts that begin anew each time reach a little more or less: only this much more, as a factor, is progress. */
const further = 1.01
/** Files up to this many bytes are compared by their content, larger ones by size and time. */
const smallFile = 1 << 16
const mostPhases = 50

/** Measures the progress of one start. */
export class ProgressWatch {
  readonly #before: Progress
  readonly #folder: string
  readonly #reached: Record<string, number>
  #step: number | undefined

  /** `folder`: the folder in which the stage saves its work. `before`: what earlier starts reached. */
  constructor(folder: string, before: Progress | undefined, resumedFrom: number | undefined) {
    this.#folder = folder
    this.#before = before ?? { stalled: 0, reached: {}, saved: digestOf(folder) }
    this.#reached = { ...this.#before.reached }
    this.#step = Math.max(resumedFrom ?? 0, this.#before.step ?? 0) || undefined
    // A first start that resumes from a checkpoint of another run has to get beyond it.
    if (before === undefined && resumedFrom !== undefined) this.#before = { ...this.#before, step: resumedFrom }
  }

  see(event: StageEvent): void {
    if (event.event === 'checkpoint') this.#step = Math.max(this.#step ?? 0, event.step)
    if (event.event !== 'progress') return
    const phase = `${event.phase ?? ''} ${event.unit}`
    const known = this.#reached[phase]
    if (known === undefined && Object.keys(this.#reached).length >= mostPhases) return
    this.#reached[phase] = Math.max(known ?? 0, event.done)
  }

  /** The progress up to now, if this start reached its time limit. */
  atTimeLimit(): Progress {
    const saved = digestOf(this.#folder)
    const step = this.#step
    return {
      stalled: this.#hasAdvanced(saved) ? 0 : this.#before.stalled + 1,
      ...(step === undefined ? {} : { step }),
      reached: this.#reached,
      saved,
    }
  }

  /** A checkpoint tells exactly. Without one, files that changed are progress, and so is a pass over more documents than ever before. */
  #hasAdvanced(saved: string): boolean {
    if (this.#step !== undefined) return this.#step > (this.#before.step ?? 0)
    if (saved !== this.#before.saved) return true
    const before = this.#before.reached
    // The first start has nothing to be compared with.
    if (Object.keys(before).length === 0) return false
    return Object.entries(this.#reached).some(([phase, done]) => done > (before[phase] ?? 0) * further)
  }
}

/** A digest of the names and contents of the files in a folder. */
function digestOf(folder: string): string {
  const hash = createHash('sha256')
  let names: string[]
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  } catch (error) {
    if (!isMissing(error)) throw error
    names = []
  }
  for (const name of names) {
    try {
      const path = join(folder, name)
      const { size, mtimeMs, isFile } = statOf(path)
      if (isFile) hash.update(`${name}\0${size}\0${size <= smallFile ? readFileSync(path, 'base64') : mtimeMs}\n`)
    } catch (error) {
      // The stage removed it meanwhile.
      if (!isMissing(error)) throw error
    }
  }
  return hash.digest('hex')
}

function statOf(path: string): { readonly size: number; readonly mtimeMs: number; readonly isFile: boolean } {
  const stat = statSync(path)
  return { size: stat.size, mtimeMs: stat.mtimeMs, isFile: stat.isFile() }
}
