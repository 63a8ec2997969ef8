/** A past run as its log describes it, however long the log is. */

import type { RunEvent, RunEventOf } from '../core/event.ts'
import { lifeFrom, newTimes, noteTime, type RunLife, streamOf } from '../run/log/past-runs.ts'
import { emptyRun, fold, type RunView } from '../view/log/fold.ts'

export interface PastRun {
  readonly view: RunView
  readonly life: RunLife
  /** Absent if the log has lost its beginning. */
  readonly begun: RunEventOf<'run-started'> | undefined
}

/** Reads the log of a run once; `onEvent` receives every event. `undefined` if there is no such run. */
export function pastRun(root: string, run: string, onEvent?: (event: RunEvent) => void): PastRun | undefined {
  const events = streamOf(root, run)
  if (events === undefined) return undefined
  const [view, times] = [emptyRun(), newTimes()]
  for (const event of events) {
    fold(view, event)
    noteTime(times, event)
    onEvent?.(event)
  }
  return { view, life: lifeFrom(root, times), begun: times.begun }
}
