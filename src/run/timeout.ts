/** The setting `timeout` of a stage: how long one attempt may take. */

import type { StageFailure } from '../core/event.ts'
import type { PlanNode } from '../core/plan.ts'
import type { RunningStage } from './executors/executor.ts'

/** How long a stage may take to save its work once its time is up, in milliseconds. */
const saveTime = 15_000

/** The longest that a timer of Node holds, in milliseconds: some 25 days. */
const longestTimer = 2 ** 31 - 1

export interface Timeout {
  /** The timeout failure, once the time is up; `undefined` before. */
  failure(): StageFailure | undefined
  stop(): void
}

/** Asks a stage to save its work and stop when its time is up, and kills it if it does not. */
export function watchTime({ hints }: PlanNode, stage: Pick<RunningStage, 'interrupt' | 'kill'>): Timeout {
  const seconds = typeof hints.timeout === 'number' ? hints.timeout : undefined
  let isLate = false
  let timer: NodeJS.Timeout | undefined
  const after = (milliseconds: number, act: () => void) => {
    const part = Math.min(milliseconds, longestTimer)
    timer = setTimeout(() => (part < milliseconds ? after(milliseconds - part, act) : act()), part)
  }
  if (seconds !== undefined)
    after(seconds * 1000, () => {
      isLate = true
      stage.interrupt()
      after(saveTime, () => stage.kill())
    })
  return {
    failure: () =>
      isLate
        ? {
            code: 'timeout',
            message: `it did not end within ${seconds} s`,
            help: 'The work that it saved is kept: run again to continue, or raise `timeout`.',
          }
        : undefined,
    stop: () => clearTimeout(timer),
  }
}
