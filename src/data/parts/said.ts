/** How a stage says what it had from before. */

import type { Surroundings } from '../pace.ts'

export function sayReused(
  { all, reused }: { readonly all: number; readonly reused: number },
  { emit }: Surroundings,
): void {
  if (reused === 0) return
  emit({ event: 'log', level: 'info', message: `${reused} of ${all} parts were there from before` })
}
