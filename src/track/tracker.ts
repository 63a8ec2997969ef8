/** Trackers: they pass the metrics of a run on to a tool that people look at. A run never fails because of its tracker. */

import type { RunEvent } from '../core/event.ts'
import { failureOf } from '../core/failure.ts'

/** Receives every event of a run, in order, and has written it when it returns. */
export interface Tracker {
  /** May throw. */
  event(event: RunEvent): void
}

/** The tracker without its errors: after the first, which is reported, it receives nothing more. */
export function guarded(tracker: Tracker, report: (message: string) => void): Tracker {
  let works = true
  return {
    event(event) {
      if (!works) return
      try {
        tracker.event(event)
      } catch (error) {
        works = false
        report(`the metrics of this run are no longer tracked: ${failureOf(error).message}`)
      }
    },
  }
}
