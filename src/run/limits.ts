/** How often and how long a stage is tried: the settings `retries` and `timeout` of any stage. */

import type { StageFailure } from '../core/event.ts'
import type { PlanNode } from '../core/plan.ts'
import type { Running } from './executors/executor.ts'

/** Failures that another attempt may not meet: what a stage says of its input will be said again. */
const passing = new Set(['killed', 'crashed', 'cannot-start', 'out-of-memory', 'input-output', 'timeout'])

/** The first pause before another attempt, in milliseconds; each is twice as long as the one before. */
const firstPause = 1_000
const longestPause = 60_000

/** How long a stage that is out of time may take to save its work, in milliseconds. */
const farewell = 15_000

/** How long to wait before the next attempt, in milliseconds; nothing where there is to be none. `tried`: how often it failed. */
export function pauseBefore({ hints }: PlanNode, error: StageFailure, tried: number): number | undefined {
  const retries = typeof hints.retries === 'number' ? hints.retries : 0
  if (tried > retries || !passing.has(error.code)) return undefined
  return Math.min(longestPause, firstPause * 2 ** (tried - 1))
}

export interface Watch {
  /** What it failed of, once it was out of time. */
  failure(): StageFailure | undefined
  stop(): void
}

/** Asks a stage to save and stop when its time is up, and kills it where it does not. */
export function watchTime({ hints }: PlanNode, running: Pick<Running, 'interrupt' | 'kill'>): Watch {
  const seconds = typeof hints.timeout === 'number' ? hints.timeout : undefined
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const after = (milliseconds: number, act: () => void) => {
    // Timers of Node hold no more than this: some 25 days. What is longer is waited for in parts.
    const part = Math.min(milliseconds, 2 ** 31 - 1)
    timer = setTimeout(() => (part < milliseconds ? after(milliseconds - part, act) : act()), part)
  }
  if (seconds !== undefined)
    after(seconds * 1000, () => {
      isOver = true
      running.interrupt()
      after(farewell, () => running.kill())
    })
  return {
    failure: () =>
      isOver
        ? {
            code: 'timeout',
            message: `it did not end within ${seconds} s`,
            help: 'What it saved is kept: run again to go on, or raise `timeout`.',
          }
        : undefined,
    stop: () => clearTimeout(timer),
  }
}

/** Waits, or less where one of the signals is aborted. */
export function pause(milliseconds: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      for (const signal of signals) signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    for (const signal of signals) signal.addEventListener('abort', end)
    if (signals.some((signal) => signal.aborted)) end()
  })
}
