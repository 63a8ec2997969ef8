/** Limits progress events to ten a second. Every other event passes at once, after the progress event before it. */

import type { StageMessage } from './job.ts'

/** The time between two progress events, in milliseconds. */
const progressInterval = 100

/**
 * Wraps `pass`, which sends a message to the runner. `emit` holds a progress event back until 100 ms have passed since the last one; a newer
 * event replaces the one that is held back. `flush` has to be called at the end.
 */
export function throttled(pass: (message: StageMessage) => void): {
  readonly emit: (message: StageMessage) => void
  /** Passes on a progress event that is held back. */
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
    pass(message)
  }
  const emit = (message: StageMessage) => {
    if (message.event !== 'progress') {
      flush()
      pass(message)
      return
    }
    held = message
    const wait = last + progressInterval - performance.now()
    // A stage that computes without pause never reaches the timer, so the clock is read as well.
    if (wait <= 0) flush()
    else timer ??= setTimeout(flush, wait).unref()
  }
  return { emit, flush }
}
