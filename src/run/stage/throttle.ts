/** Progress at most ten times a second; everything else passes at once, after the progress before it. */

import type { StageMessage } from './job.ts'

/** Milliseconds between two reports of progress. */
const PACE = 100

export function throttled(say: (message: StageMessage) => void): {
  readonly emit: (message: StageMessage) => void
  /** Says what was held back. */
  readonly flush: () => void
} {
  let held: StageMessage | undefined
  let last = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (held === undefined) return
    const message = held
    held = undefined
    last = performance.now()
    say(message)
  }
  const emit = (message: StageMessage) => {
    if (message.event !== 'progress') {
      flush()
      say(message)
      return
    }
    held = message
    const wait = last + PACE - performance.now()
    // A stage that never pauses would never see the timer, so the clock is looked at as well.
    if (wait <= 0) flush()
    else timer ??= setTimeout(flush, wait).unref()
  }
  return { emit, flush }
}
