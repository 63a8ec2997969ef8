/** Reads the logs of past runs. */

import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../../core/artefact.ts'
import type { RunEvent, RunEventOf } from '../../core/event.ts'
import { isAlive, isRunning } from '../../process/identity.ts'
import { readStoredLines, streamStoredLines } from '../../store/damage.ts'
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

/** Like `eventsOf`, for logs of any length: the log is read each time the events are iterated. */
export function streamOf(root: string, run: string): Iterable<RunEvent> | undefined {
  return streamStoredLines(join(root, 'runs', run, 'events.jsonl'), isRunEvent)
}

/** The time in milliseconds of the last event of a run that has ended; `undefined` for a run that goes on, and for a run that the store does not have. */
export function endOfRun(root: string, run: string): number | undefined {
  // A name from elsewhere, which must not lead out of the folder.
  if (!runsIn(root).includes(run)) return undefined
  const times = timesIn(streamOf(root, run) ?? [])
  return lifeFrom(root, times) === 'running' ? undefined : times.last
}

/** How many of the newest runs are looked at where a later one counts more. */
const newestRuns = 100
/** How many bytes of each log are read: the first event is short. */
const firstBytes = 1 << 16

/** The first events of the newest runs, the newest run first. Only the first line of each log is read. */
export function beginningsOf(root: string): RunEventOf<'run-started'>[] {
  // Ids of runs that began within the same second are in no order, so the events are sorted too.
  return runsIn(root)
    .slice(-newestRuns)
    .reverse()
    .flatMap((run) => beginningOf(root, run) ?? [])
    .sort((a, b) => b.time - a.time)
}

/** The first event of a run; `undefined` if its log has none yet, or another. */
export function beginningOf(root: string, run: string): RunEventOf<'run-started'> | undefined {
  const line = firstLine(join(root, 'runs', run, 'events.jsonl'))
  if (line === undefined) return undefined
  try {
    const event: unknown = JSON.parse(line)
    return isRunEvent(event) && event.event === 'run-started' ? event : undefined
  } catch {
    // The damage is reported where the whole log is read.
    return undefined
  }
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
  const events = run === undefined ? undefined : streamOf(root, run)
  return events && digestsIn(events)
}

function digestsIn(events: Iterable<RunEvent>): Digest[] {
  const digests = new Set<Digest>()
  for (const event of events)
    if (event.event === 'finished' || event.event === 'cached')
      for (const digest of Object.values(event.outputs)) digests.add(digest)
  return [...digests]
}

/** The digests of everything that the runs in progress have made or found in the cache so far. */
export function digestsUnderWay(root: string): Digest[] {
  return runsIn(root).flatMap((run) => {
    const events = streamOf(root, run)
    return events !== undefined && isUnderWay(events) ? digestsIn(events) : []
  })
}

/** How long after its last event a run of another machine counts as in progress, in milliseconds. */
const silence = 24 * 3600 * 1000

/** Whether a run is in progress: it has not finished, and its process is alive. A run of another machine is if it wrote an event within a day. */
export function isUnderWay(events: Iterable<RunEvent> | undefined): boolean {
  return events !== undefined && isGoingOn(timesIn(events))
}

/** The facts of a log from which one knows whether the run goes on. */
export interface RunTimes {
  begun: RunEventOf<'run-started'> | undefined
  hasFinished: boolean
  /** The time of the last event, in milliseconds; 0 without events. */
  last: number
}

export function newTimes(): RunTimes {
  return { begun: undefined, hasFinished: false, last: 0 }
}

/** Brings `times` up to date with `event`. */
export function noteTime(times: RunTimes, event: RunEvent): void {
  if (event.event === 'run-started') times.begun ??= event
  if (event.event === 'run-finished') times.hasFinished = true
  times.last = event.time
}

function timesIn(events: Iterable<RunEvent>): RunTimes {
  const times = newTimes()
  for (const event of events) noteTime(times, event)
  return times
}

function isGoingOn({ begun, hasFinished, last }: RunTimes): boolean {
  if (begun === undefined || hasFinished) return false
  return hasLivingRunner(begun) ?? Date.now() - last < silence
}

/**
 * Whether a run continues: `superseded` if its process lives and has begun a later run, as only `watch` does, which ends each before the
 * next; `over` if it has finished, or its process has ended.
 */
export function lifeOf(root: string, events: Iterable<RunEvent>): RunLife {
  return lifeFrom(root, timesIn(events))
}

/** `lifeOf` the run with these times. */
export function lifeFrom(root: string, times: RunTimes): RunLife {
  if (times.begun === undefined || !isGoingOn(times)) return 'over'
  return isSuperseded(root, times.begun) ? 'superseded' : 'running'
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
