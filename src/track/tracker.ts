/** Trackers: they pass the metrics of a run on to a tool that people look at. A run never fails because of its tracker. */

import type { RunEvent } from '../core/event.ts'
import { failureOf } from '../core/failure.ts'

/** Receives every event of a run, in order. Methods may throw. */
export interface Tracker {
  event(event: RunEvent): void
  /** Writes what is left. */
  close(): void
}

/** The tracker without its errors: after the first, which is reported, it receives nothing more. */
export function guarded(tracker: Tracker, report: (message: string) => void): Tracker {
  let works = true
  const attempt = (act: () => void) => {
    if (!works) return
    try {
      act()
    } catch (error) {
      works = false
      report(`the metrics of this run are no longer tracked: ${failureOf(error).message}`)
    }
  }
  return {
    event: (event) => attempt(() => tracker.event(event)),
    close: () => attempt(() => tracker.close()),
  }
}
