/** Checkpoints are as far apart as what they cost asks for. */

import { describe, expect, it } from 'vitest'
import { largestShare, Pace } from '../../../src/train/step/pace.ts'

describe('the time between checkpoints', () => {
  it('is the requested one if checkpoints are cheap', () => {
    const pace = new Pace(30, 10e6)
    expect(pace.interval).toBe(30)
    pace.saved(0.2)
    expect(pace.interval).toBe(30)
  })

  it('keeps their share of the time below a few per cent, from the first one on', () => {
    // 135M parameters with the two means of AdamW, on a disk that takes 3 seconds for them, and on one that takes 14.
    for (const cost of [3, 14]) {
      const pace = new Pace(30, 3 * 4 * 135e6)
      let saving = 0
      let time = 0
      for (let i = 0; i < 20; i++) {
        time += pace.interval + cost
        saving += cost
        pace.saved(cost)
      }
      expect(pace.interval).toBeGreaterThan(cost * 30)
      expect(saving / time).toBeLessThan(largestShare * 1.2)
    }
  })

  it('is longer than requested before the first measurement, if much is saved', () => {
    expect(new Pace(30, 2e9).interval).toBeGreaterThan(120)
  })

  it('is 0 if every step is to be saved', () => {
    const pace = new Pace(0, 2e9)
    pace.saved(10)
    expect(pace.interval).toBe(0)
  })
})
