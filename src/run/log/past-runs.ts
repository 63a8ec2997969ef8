/** Runs that were: their logs, read back. */

import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../../core/artefact.ts'
import type { RunEvent, RunEventOf } from '../../core/event.ts'
import { isAlive, isRunning } from '../../process/identity.ts'
import { readStoredLines } from '../../store/damage.ts'
import { isMissing } from '../../store/durable.ts'
import { isRunEvent } from './event-shape.ts'

/** The ids of all runs, oldest first. */
export function runsIn(root: string): string[] {
  try {
    return readdirSync(join(root, 'runs')).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** The events of a run; nothing where there is no such run. A last line that was cut off is left out. */
export function eventsOf(root: string, run: string): RunEvent[] | undefined {
  return readStoredLines(join(root, 'runs', run, 'events.jsonl'), isRunEvent)
}

/** So many of the newest runs are looked at, and so many bytes of each: an event that begins one is short. */
const NEWEST = 100
const BEGINNING = 1 << 16

/** How the newest runs began, the newest first. Only the first line of each log is read. */
export function beginningsOf(root: string): RunEventOf<'run-started'>[] {
  return runsIn(root)
    .slice(-NEWEST)
    .reverse()
    .flatMap((run) => {
      const line = firstLine(join(root, 'runs', run, 'events.jsonl'))
      if (line === undefined) return []
      try {
        const event: unknown = JSON.parse(line)
        return isRunEvent(event) && event.event === 'run-started' ? [event] : []
      } catch {
        // Said where the log itself is wanted.
        return []
      }
    })
}

function firstLine(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    if (!fstatSync(file).isFile()) return undefined
    const bytes = Buffer.alloc(BEGINNING)
    return bytes.toString('utf8', 0, readSync(file, bytes)).split('\n', 1)[0]
  } finally {
    closeSync(file)
  }
}

/** The run that a beginning of an id means; nothing where there is none, or several. */
export function runNamed(root: string, beginning: string): string | undefined {
  if (beginning === '') return undefined
  const found = runsIn(root).filter((run) => run.startsWith(beginning) || run.endsWith(`-${beginning}`))
  return found.length === 1 ? found[0] : undefined
}

/** All that a run made or took from the cache. */
export function digestsOfRun(root: string, name: string): Digest[] | undefined {
  const run = runNamed(root, name)
  const events = run === undefined ? undefined : eventsOf(root, run)
  return events && [...new Set(digestsIn(events))]
}

function digestsIn(events: readonly RunEvent[]): Digest[] {
  return events.flatMap((event) =>
    event.event === 'finished' || event.event === 'cached' ? Object.values(event.outputs) : [],
  )
}

/** All that the runs under way on this machine made or took so far. */
export function digestsUnderWay(root: string): Digest[] {
  return runsIn(root).flatMap((run) => {
    const events = eventsOf(root, run)
    return events !== undefined && isUnderWay(events) ? digestsIn(events) : []
  })
}

/** For so long a run of another machine that says nothing is taken for one under way, in milliseconds. */
const SILENCE = 24 * 3600 * 1000

/** Whether a run has not ended and its process lives; of one on another machine, whether it said something within a day. */
export function isUnderWay(events: readonly RunEvent[] | undefined): boolean {
  const begun = events?.find((event) => event.event === 'run-started')
  if (begun?.event !== 'run-started' || events!.some(({ event }) => event === 'run-finished')) return false
  return hasLivingRunner(begun) ?? Date.now() - (events!.at(-1)?.time ?? 0) < SILENCE
}

/** Whether the process lives that began a run; nothing for one of another machine, which cannot be seen. */
export function hasLivingRunner({ pid, process }: RunEventOf<'run-started'>): boolean | undefined {
  return process === undefined ? isRunning(pid) : isAlive(process)
}
