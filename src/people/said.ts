/**
 * What people said, as it lies on disk: one JSON object a line, each on disk before the next task is shown. Reading changes nothing: another
 * process may be writing.
 */

import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { systemCode } from '../core/failure.ts'

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

/** What cannot be written: nothing of it is kept, and whoever said it is to say it again. */
export class NotSaved extends Error {
  constructor(cause: unknown) {
    const isFull = ['ENOSPC', 'EDQUOT'].includes(systemCode(cause) ?? '')
    super(
      `${isFull ? 'The disk is full' : 'It cannot be written'}: nothing was saved. Make it possible, then send it again.`,
    )
    this.name = 'NotSaved'
    this.cause = cause
  }
}

/** The calls of the system by which it is written; tests have a disk that fails. */
export type Disk = Pick<
  typeof fs,
  'openSync' | 'closeSync' | 'writeSync' | 'fsyncSync' | 'ftruncateSync' | 'fstatSync' | 'readSync'
>

const NEW_LINE = 0x0a

export class SaidFile {
  readonly #path: string
  readonly #disk: Disk
  readonly #entries: Entry[] = []
  readonly #damaged: number[] = []

  /**
   * Reads what is there. A line that is no entry is read around, and its number kept: a disk that was full, a crash or an edit left it. A
   * last line that was cut off was never confirmed.
   */
  constructor(path: string, disk: Disk = fs) {
    this.#path = path
    this.#disk = disk
    removeLink(dirname(path))
    fs.mkdirSync(dirname(path), { recursive: true })
    removeLink(path)
    const text = fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : ''
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() === '') continue
      const entry = entryIn(line)
      if (entry === undefined) this.#damaged.push(index + 1)
      else this.#entries.push(entry)
    }
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** How many lines are damaged. */
  get damagedLines(): number {
    return this.#damaged.length
  }

  /** Which lines are damaged, in a sentence; `undefined` if none is. */
  get damage(): string | undefined {
    const count = this.#damaged.length
    if (count === 0) return undefined
    const shown = this.#damaged.slice(0, 5).join(', ')
    const more = count > 5 ? ` and ${count - 5} more` : ''
    return `${count} line${count === 1 ? '' : 's'} of ${this.#path} cannot be read (${shown}${more}); the others were taken`
  }

  /** Is whole and on disk when it returns. Throws NotSaved where it cannot be: then the file is as it was. */
  add(entry: Entry): void {
    try {
      this.#write(`${JSON.stringify(entry)}\n`)
    } catch (error) {
      throw new NotSaved(error)
    }
    this.#entries.push(entry)
  }

  #write(line: string): void {
    const { openSync, closeSync, fsyncSync, ftruncateSync, fstatSync } = this.#disk
    const isNew = !fs.existsSync(this.#path)
    const file = openSync(this.#path, 'a+')
    try {
      const { size } = fstatSync(file)
      // Whatever was cut off stays a line of its own.
      const bytes = Buffer.from(this.#endsWithin(file, size) ? `\n${line}` : line)
      try {
        for (let at = 0; at < bytes.length; ) {
          const count = this.#disk.writeSync(file, bytes, at)
          if (count <= 0) throw new Error('nothing was written')
          at += count
        }
        fsyncSync(file)
      } catch (error) {
        // Half of a line must not be taken for something said; where even this fails, it is a damaged line.
        attempt(() => ftruncateSync(file, size))
        attempt(() => fsyncSync(file))
        throw error
      }
    } finally {
      closeSync(file)
    }
    if (isNew) syncFolder(dirname(this.#path))
  }

  /** Whether the last line has no end. */
  #endsWithin(file: number, size: number): boolean {
    if (size === 0) return false
    const last = Buffer.alloc(1)
    this.#disk.readSync(file, last, 0, 1, size - 1)
    return last[0] !== NEW_LINE
  }
}

/** Removes a symbolic link: a store that somebody else made must not decide which file of the user is written to. */
export function removeLink(path: string): void {
  if (fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) fs.rmSync(path)
}

function attempt(act: () => void): void {
  try {
    act()
  } catch {
    // The error that came first is told.
  }
}

/** Makes the name of a new file durable. */
function syncFolder(path: string): void {
  attempt(() => {
    const folder = fs.openSync(path, 'r')
    try {
      fs.fsyncSync(folder)
    } finally {
      fs.closeSync(folder)
    }
  })
}

/** The entry in a line; `undefined` where it is none. */
function entryIn(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isEntry(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isEntry(value: unknown): value is Entry {
  if (value === null || typeof value !== 'object') return false
  const { event, time, annotator, task, ranks, flagged, ratings, seconds } = value as Record<string, unknown>
  if (!Number.isFinite(time) || typeof annotator !== 'string' || typeof task !== 'string') return false
  if (event === 'skipped' || event === 'undone') return true
  return (
    event === 'ranked' &&
    isNumbers(ranks) &&
    isNumbers(flagged) &&
    (ratings === undefined || isRatings(ratings)) &&
    Number.isFinite(seconds)
  )
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => Number.isInteger(each))
}

function isRatings(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false
  return Object.values(value).every(
    (each) => Array.isArray(each) && each.every((rating) => rating === null || typeof rating === 'number'),
  )
}
