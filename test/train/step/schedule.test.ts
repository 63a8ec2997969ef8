/** Learning rates, by hand. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rateAt, type Schedule, sharedSteps, warmupWarning } from '../../../src/train/step/schedule.ts'

describe('rateAt', () => {
  it('rises in a line through the warm-up, never from 0', () => {
    for (const call of ['cosine', 'linear'] as const) {
      const rates = [0, 1, 2, 3].map((step) => rateAt({ call, warmup: 3, floor: 0.1 }, step, 100))
      expect(rates).toEqual([0.25, 0.5, 0.75, 1])
    }
  })

  it('falls along half a cosine to the floor, as nanoGPT does', () => {
    const schedule = { call: 'cosine', warmup: 100, floor: 0.1 } as const
    expect(rateAt(schedule, 100, 2000)).toBe(1)
    expect(rateAt(schedule, 1050, 2000)).toBeCloseTo(0.55, 12)
    expect(rateAt(schedule, 575, 2000)).toBeCloseTo(0.1 + 0.45 * (1 + Math.SQRT1_2), 12)
    expect(rateAt(schedule, 2000, 2000)).toBeCloseTo(0.1, 12)
  })

  it('falls in a line', () => {
    const schedule = { call: 'linear', warmup: 0, floor: 0 } as const
    expect([0, 25, 50, 75, 100].map((step) => rateAt(schedule, step, 100))).toEqual([1, 0.75, 0.5, 0.25, 0])
  })

  it('stays, then decays over the last part (WSD)', () => {
    const schedule = { call: 'wsd', warmup: 10, decay: 0.2, floor: 0 } as const
    expect([10, 50, 79, 80, 90, 100].map((step) => rateAt(schedule, step, 100))).toEqual([1, 1, 1, 1, 0.5, 0])
  })

  it('rises over a part of the steps', () => {
    const schedule = { call: 'linear', warmup: 0.03, floor: 0.1 } as const
    expect([0, 1, 2, 3].map((step) => rateAt(schedule, step, 100))).toEqual([0.25, 0.5, 0.75, 1])
    expect(rateAt({ ...schedule, warmup: '100%' }, 98, 100)).toBe(99 / 101)
    // Less than half a step rounds to 0.
    expect(rateAt(schedule, 0, 10)).toBe(1)
  })

  it('stays', () => {
    expect(rateAt({ call: 'constant', warmup: 1 }, 0, 9)).toBe(0.5)
    expect(rateAt({ call: 'constant', warmup: 1 }, 8, 9)).toBe(1)
  })
})

describe('warmupWarning', () => {
  it('is given if the learning rate never reaches its peak', () => {
    expect(warmupWarning({ call: 'constant', warmup: 9 }, 10)).toBeUndefined()
    expect(warmupWarning({ call: 'constant', warmup: 0 }, 1)).toBeUndefined()
    expect(warmupWarning({ call: 'constant', warmup: 10 }, 10)).toContain('The warm-up of 10 steps')
  })
})

describe('sharedSteps', () => {
  it('counts the steps whose rates are the same under every constant or wsd schedule of the same warm-up', () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true })
    const schedule = (warmup: number): fc.Arbitrary<Schedule> =>
      fc.oneof(
        fc.constant({ call: 'constant', warmup } as const),
        fc.record({ call: fc.constant('wsd' as const), warmup: fc.constant(warmup), decay: fraction, floor: fraction }),
      )
    const two = fc.nat({ max: 40 }).chain((warmup) => fc.tuple(schedule(warmup), schedule(warmup)))
    const steps = fc.integer({ min: 1, max: 200 })
    fc.assert(
      fc.property(two, steps, steps, ([one, other], n, m) => {
        const shared = Math.min(sharedSteps(one, n), sharedSteps(other, m))
        for (let step = 0; step < shared; step++) expect(rateAt(one, step, n)).toBe(rateAt(other, step, m))
      }),
    )
  })

  it('is all of constant, the steps before the decay of wsd, and none of the others', () => {
    expect(sharedSteps({ call: 'constant', warmup: 5 }, 30)).toBe(30)
    expect(sharedSteps({ call: 'wsd', warmup: 5, decay: 0.2, floor: 0 }, 30)).toBe(24)
    expect(sharedSteps({ call: 'wsd', warmup: 27, decay: 0.2, floor: 0 }, 30)).toBe(27)
    expect(sharedSteps({ call: 'cosine', warmup: 5, floor: 0 }, 30)).toBe(0)
    expect(sharedSteps({ call: 'linear', warmup: 5, floor: 0 }, 30)).toBe(0)
    expect(sharedSteps({ call: 'constant', warmup: 0.1 }, 30)).toBe(0)
    expect(sharedSteps({ call: 'constant', warmup: '100%' }, 30)).toBe(0)
  })
})
