/** Why a stage was skipped, in words. */

import type { RunEventOf } from '../core/event.ts'

/** `it needs base`; or how the run stopped before the stage began, if the stage does not need the one that failed. */
export function whySkipped({ because, stopped }: RunEventOf<'skipped'>): string {
  if (stopped === undefined) return `it needs ${because}`
  if (stopped === 'interrupted') return 'the run was interrupted'
  return `the run stopped when ${because} failed (use --keep-going to continue)`
}
