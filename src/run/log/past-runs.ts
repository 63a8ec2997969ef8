/** Reads the logs of past runs. */

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

/** The events of a run; `undefined` if there is no such run. A last line that is cut short is left out. */
export function eventsOf(root: string, run: string): RunEvent[] | undefined {
  return readStoredLines(join(root, 'runs', run, 'events.jsonl'), isRunEvent)
}

/** How many of the newest runs are looked at. */
const newestRuns = 100
/** How many bytes of each log are read: the first event is short. */
const firstBytes = 1 << 16

/** The first events of the newest runs, the newest run first. Only the first line of each log is read. */
export function beginningsOf(root: string): RunEventOf<'run-started'>[] {
  // Ids of runs that began within the same second are in no order, so the events are sorted too.
  return runsIn(root)
    .slice(-newestRuns)
    .reverse()
    .flatMap((run) => {
      const line = firstLine(join(root, 'runs', run, 'events.jsonl'))
      if (line === undefined) return []
      try {
        const event: unknown = JSON.parse(line)
        return isRunEvent(event) && event.event === 'run-started' ? [event] : []
      } catch {
        // The damage is reported where the whole log is read.
        return []
      }
    })
    .sort((a, b) => b.time - a.time)
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
    const bytes = Buffer.alloc(firstBytes)
    return bytes.toString('utf8', 0, readSync(file, bytes)).split('\n', 1)[0]
  } finally {
    closeSync(file)
  }
}

/** The run whose id begins with a text, or ends with it after a dash; `undefined` if there is no such run, or several. */
export function runNamed(root: string, beginning: string): string | undefined {
  if (beginning === '') return undefined
  const found = runsIn(root).filter((run) => run.startsWith(beginning) || run.endsWith(`-${beginning}`))
  return found.length === 1 ? found[0] : undefined
}

/** The digests of everything that a run made or found in the cache. `undefined` if there is no such run. */
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

/** The digests of everything that the runs in progress have made or found in the cache so far. */
export function digestsUnderWay(root: string): Digest[] {
  return runsIn(root).flatMap((run) => {
    const events = eventsOf(root, run)
    return events !== undefined && isUnderWay(events) ? digestsIn(events) : []
  })
}

/** How long after its last event a run of another machine counts as in progress, in milliseconds. */
const silence = 24 * 3600 * 1000

/** Whether a run is in progress: it has not finished, and its process is alive. A run of another machine is if it wrote an event within a day. */
export function isUnderWay(events: readonly RunEvent[] | undefined): boolean {
  const begun = events?.find((event) => event.event === 'run-started')
  if (begun?.event !== 'run-started' || events!.some(({ event }) => event === 'run-finished')) return false
  return hasLivingRunner(begun) ?? Date.now() - (events!.at(-1)?.time ?? 0) < silence
}

/**
 * Whether a run continues: `superseded` if its process lives and has begun a later run, as only `watch` does, which ends each before the
 * next; `over` if it has finished, or its process has ended.
 */
export function lifeOf(root: string, events: readonly RunEvent[]): RunLife {
  if (!isUnderWay(events)) return 'over'
  const begun = events.find((event) => event.event === 'run-started')
  return begun !== undefined && isSuperseded(root, begun) ? 'superseded' : 'running'
}

export type RunLife = 'running' | 'superseded' | 'over'

/** Whether the process that began a run has begun a later one. */
export function isSuperseded(root: string, { run, time, pid, process }: RunEventOf<'run-started'>): boolean {
  return beginningsOf(root).some(
    (other) =>
      other.pid === pid &&
      other.process?.start === process?.start &&
      other.process?.machine === process?.machine &&
      other.run !== run &&
      other.time >= time,
  )
}

/** Whether the process that began a run is alive; `undefined` for a process of another machine, which cannot be seen. */
export function hasLivingRunner({ pid, process }: RunEventOf<'run-started'>): boolean | undefined {
  return process === undefined ? isRunning(pid) : isAlive(process)
}
