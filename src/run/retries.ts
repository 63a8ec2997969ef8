/** The setting `retries` of a stage: whether another attempt follows a failure, and when. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { StageFailure } from '../core/event.ts'
import type { PlanNode } from '../core/plan.ts'

/** Failures that another attempt may not meet. An error in the input of a stage would come again. */
const passing = new Set(['killed', 'crashed', 'cannot-start', 'out-of-memory', 'input-output', 'timeout'])

/** The pause before the second attempt, in milliseconds. Each later pause is twice as long as the one before, up to `longestPause`. */
const firstPause = 1_000
const longestPause = 60_000

/** The pause before the next attempt, in milliseconds; `undefined` if no attempt follows. `failures`: how often the stage has failed in this run. */
export function pauseBefore({ hints }: PlanNode, error: StageFailure, failures: number): number | undefined {
  const retries = typeof hints.retries === 'number' ? hints.retries : 0
  if (failures > retries || !passing.has(error.code)) return undefined
  return Math.min(longestPause, firstPause * 2 ** (failures - 1))
}

/** Whether a stage failed only because an input file was written while it was read. */
export function isChangedInput({ code }: StageFailure): boolean {
  return code === 'input-changed' || code === 'input-changing'
}

/** The pause before an input file that was written while it was read is read again, in milliseconds. */
export const rereadPause = 1_000

/** Waits for some milliseconds, or until one of the signals is aborted. */
export async function pause(milliseconds: number, signals: readonly AbortSignal[]): Promise<void> {
  const signal = AbortSignal.any([...signals])
  await sleep(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
