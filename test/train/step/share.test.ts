/** Intervals of shares. */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bootstrapMean, shareMean, wilson } from '../../../src/train/alignment/bootstrap.ts'

it('Wilson’s interval is as published', () => {
  // Newcombe (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29.
  const close = (right: number, of: number, low: number, high: number) => {
    const interval = wilson(right / of, of)
    expect(interval.low).toBeCloseTo(low, 4)
    expect(interval.high).toBeCloseTo(high, 4)
  }
  close(81, 263, 0.2553, 0.3662)
  close(15, 148, 0.0624, 0.1605)
  close(0, 20, 0, 0.1611)
  close(1, 29, 0.0061, 0.1718)
})

it('all of six right leave room for doubt', () => {
  const { mean, low, high } = shareMean([1, 1, 1, 1, 1, 1], { seed: 1 })
  expect([mean, high]).toEqual([1, 1])
  expect(low).toBeCloseTo(0.6097, 4)
  expect(shareMean([0, 0, 0], { seed: 1 })).toMatchObject({ low: 0, high: expect.closeTo(0.5615, 4) })
})

it('a share lies in its interval, and half points are the bootstrap’s', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 40 }), (values) => {
      const { mean, low, high } = shareMean(values, { seed: 1 })
      expect(low).toBeLessThanOrEqual(mean)
      expect(high).toBeGreaterThanOrEqual(mean)
      expect(high).toBeGreaterThan(low)
    }),
  )
  expect(shareMean([0, 0.5, 1], { seed: 1 })).toEqual(bootstrapMean([0, 0.5, 1], { seed: 1 }))
})
