/**
 * The log of judgements on disk: one JSON object a line, each durable before the next task is shown. Reading never writes, since
 * another process may be writing.
 */

import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { systemCode } from '../core/failure.ts'
import { syncFolder } from '../store/durable.ts'

/** A line of the log. Responses are numbered by their place in the task, whatever order a person saw them in. */
export type JudgementEvent = RankedEvent | SkippedEvent | UndoneEvent

interface OfPerson {
  /** In milliseconds since the epoch. */
  readonly time: number
  readonly annotator: string
  readonly task: string
}

export interface RankedEvent extends OfPerson {
  readonly event: 'ranked'
  /** 1 is best, equal numbers are ties. */
  readonly ranks: readonly number[]
  /** The responses that the person flagged as harmful. */
  readonly flagged: readonly number[]
  /** By criterion, 1 to 5 for each response, or null. */
  readonly ratings?: Readonly<Record<string, readonly (number | null)[]>>
  /** The time that the person took. */
  readonly seconds: number
}

export interface SkippedEvent extends OfPerson {
  readonly event: 'skipped'
}

/** The person took back their last judgement of the task. */
export interface UndoneEvent extends OfPerson {
  readonly event: 'undone'
}

/** A judgement could not be written. The log is as it was before, and the person has to send the judgement again. */
export class NotSaved extends Error {
  constructor(cause: unknown) {
    const isFull = ['ENOSPC', 'EDQUOT'].includes(systemCode(cause) ?? '')
    super(
      `${isFull ? 'The disk is full' : 'The file of the rankings cannot be written'}: nothing was saved. ${isFull ? 'Make room' : 'Make the file writable'}, then send it again.`,
    )
    this.name = 'NotSaved'
    this.cause = cause
  }
}

/** The system calls that write the log; tests pass a disk that fails. */
export type Disk = Pick<
  typeof fs,
  'openSync' | 'closeSync' | 'writeSync' | 'fsyncSync' | 'ftruncateSync' | 'fstatSync' | 'readSync'
>

const newLine = 0x0a

export class JudgementLog {
  readonly #path: string
  readonly #disk: Disk
  readonly #events: JudgementEvent[] = []
  readonly #corrupt: number[] = []

  /**
   * Reads the log at `path`, which may not exist yet. A line that is not an event (left by a full disk, a crash or an edit) is passed
   * over, and its number kept. A last line that was cut off had never been confirmed to the person.
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
      const event = eventIn(line)
      if (event === undefined) this.#corrupt.push(index + 1)
      else this.#events.push(event)
    }
  }

  get events(): readonly JudgementEvent[] {
    return this.#events
  }

  /** The number of corrupt lines. */
  get corruptLines(): number {
    return this.#corrupt.length
  }

  /** A sentence that names the corrupt lines; `undefined` if there are none. */
  get damage(): string | undefined {
    const count = this.#corrupt.length
    if (count === 0) return undefined
    const shown = this.#corrupt.slice(0, 5).join(', ')
    const more = count > 5 ? ` and ${count - 5} more` : ''
    return `${count} line${count === 1 ? '' : 's'} of ${this.#path} cannot be read (${shown}${more}); the others were taken`
  }

  /** Appends an event, which is durable when this returns. Throws NotSaved if it cannot be written; the log is then as it was. */
  add(event: JudgementEvent): void {
    try {
      this.#write(`${JSON.stringify(event)}\n`)
    } catch (error) {
      throw new NotSaved(error)
    }
    this.#events.push(event)
  }

  #write(line: string): void {
    const { openSync, closeSync, fsyncSync, ftruncateSync, fstatSync } = this.#disk
    const isNew = !fs.existsSync(this.#path)
    const file = openSync(this.#path, 'a+')
    try {
      const { size } = fstatSync(file)
      // A line that was cut off stays a line of its own.
      const bytes = Buffer.from(this.#endsWithin(file, size) ? `\n${line}` : line)
      try {
        for (let at = 0; at < bytes.length; ) {
          const count = this.#disk.writeSync(file, bytes, at)
          if (count <= 0) throw new Error('nothing was written')
          at += count
        }
        fsyncSync(file)
      } catch (error) {
        // Half a line must not be read as a judgement. If it cannot be cut away either, it is a corrupt line.
        attempt(() => ftruncateSync(file, size))
        attempt(() => fsyncSync(file))
        throw error
      }
    } finally {
      closeSync(file)
    }
    // The line itself is on disk.
    if (isNew) attempt(() => syncFolder(dirname(this.#path)))
  }

  /** Whether the last line lacks its line break. */
  #endsWithin(file: number, size: number): boolean {
    if (size === 0) return false
    const last = Buffer.alloc(1)
    this.#disk.readSync(file, last, 0, 1, size - 1)
    return last[0] !== newLine
  }
}

/** Removes a symbolic link at `path`: a store made by somebody else must not choose which of the user's files is written to. */
export function removeLink(path: string): void {
  if (fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) fs.rmSync(path)
}

function attempt(act: () => void): void {
  try {
    act()
  } catch {
    // The first error is the one to report.
  }
}

/** The event in a line; `undefined` if the line is not an event. */
function eventIn(line: string): JudgementEvent | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isEvent(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isEvent(value: unknown): value is JudgementEvent {
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
