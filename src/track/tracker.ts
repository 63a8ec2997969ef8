/** Trackers: they pass the metrics of a run on to a tool that people look at. A run never fails because of its tracker. */

import type { RunEvent } from '../core/event.ts'
import { failureOf } from '../core/failure.ts'

/** Receives every event of a run, in order. */
export interface Tracker {
  /** Has written the event when it returns, or sends it in the background. May throw. */
  event(event: RunEvent): void
  /** Returns when every event so far is sent, however long that takes, or the server was given up. */
  sent?(): Promise<void>
  /** Returns when everything is sent, or the server was given up. */
  close?(): Promise<void>
}

/** The calls that a tracker of a server makes: it reports trouble, and asks about other runs. */
export interface Surroundings {
  /** Ends the tracking: the server does not take the metrics. */
  fail(error: unknown): void
  /** Reports something that does not end the tracking. */
  warn(message: string): void
  /** The time in milliseconds at which a run of llmpipe ended; `undefined` for a run that goes on, or that the store does not know. */
  endOf(run: string): number | undefined
}

/** Receives a sentence about the tracking; `isEnd` if it is no longer tracked. */
export type Report = (message: string, isEnd: boolean) => void

/** The tracker that `open` makes, without its errors: after the first, which is reported, it receives nothing more. */
export function guarded(
  open: (fail: Surroundings['fail'], warn: Surroundings['warn']) => Tracker,
  report: Report,
): Required<Tracker> {
  let works = true
  const fail = (error: unknown) => {
    if (works) report(`the metrics of this run are no longer tracked: ${failureOf(error).message}`, true)
    works = false
  }
  const tracker = open(fail, (message) => report(message, false))
  return {
    event(event) {
      if (!works) return
      try {
        tracker.event(event)
      } catch (error) {
        fail(error)
      }
    },
    async sent() {
      if (works) await tracker.sent?.().catch(fail)
    },
    async close() {
      if (works) await tracker.close?.().catch(fail)
    },
  }
}
