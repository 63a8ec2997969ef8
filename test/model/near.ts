/** Whether two arrays of numbers are equal, up to rounding. */

import { expect } from 'vitest'
import type { Array64 } from './reference.ts'

/** The largest difference is below `tolerance` of the largest number (or of 1e-3, where all are smaller). */
export function expectNear(actual: Array64, expected: Array64, tolerance: number, what: string): void {
  expect(actual.shape, what).toEqual(expected.shape)
  const scale = Math.max(1e-3, ...expected.data.map(Math.abs))
  let worst = 0
  for (const [i, x] of actual.data.entries()) worst = Math.max(worst, Math.abs(x - expected.data[i]!))
  expect(worst / scale, `${what}: ${[...actual.data].slice(0, 8)} and ${[...expected.data].slice(0, 8)}`).toBeLessThan(
    tolerance,
  )
}
