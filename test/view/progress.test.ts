/** How far a stage is, how fast, and how long it still takes. */

import { expect, test } from 'vitest'
import type { RunEventOf } from '../../src/core/event.ts'
import { advance, etaOf, fractionOf, type Progress, rateOf } from '../../src/view/progress.ts'

type Given = Partial<RunEventOf<'progress'>>
const after = (...events: readonly Given[]): Progress => {
  let progress: Progress | undefined
  for (const event of events)
    progress = advance(progress, { event: 'progress', stage: 'a', id: 'a', time: 0, done: 0, unit: 'steps', ...event })
  return progress!
}

test('the rate and the rest follow from the last events', () => {
  const progress = after(
    { time: 0, done: 0, total: 100 },
    { time: 1000, done: 10, total: 100 },
    { time: 2000, done: 20, total: 100 },
  )
  expect(rateOf(progress)).toBe(10)
  expect(etaOf(progress)).toBe(8)
  expect(fractionOf(progress)).toBe(0.2)
})

test('one event has no rate, and a stage without a total has no fraction and no rest', () => {
  expect(rateOf(after({ done: 5 }))).toBeUndefined()
  const open = after({ time: 0 }, { time: 1000, done: 10 })
  expect([etaOf(open), fractionOf(open)]).toEqual([undefined, undefined])
  expect(fractionOf(after({ done: 0, total: 0 }))).toBeUndefined()
})

test('the rate is that of the last seconds, not of the whole', () => {
  const slow = Array.from({ length: 30 }, (_, i) => ({ time: i * 1000, done: i }))
  const fast = Array.from({ length: 30 }, (_, i) => ({ time: (30 + i) * 1000, done: 30 + i * 100 }))
  expect(rateOf(after(...slow, ...fast))).toBeCloseTo(100)
})

test('a new phase, another unit or a count that went back starts the rate over', () => {
  const before = [
    { time: 0, done: 0 },
    { time: 1000, done: 50 },
  ]
  for (const next of [{ phase: 'validating', done: 60 }, { unit: 'bytes', done: 60 }, { done: 10 }])
    expect(rateOf(after(...before, { time: 2000, ...next }))).toBeUndefined()
})

test('a fast stage keeps a bounded number of marks', () => {
  const events = Array.from({ length: 5000 }, (_, i) => ({ time: i, done: i }))
  expect(after(...events).recent.length).toBeLessThan(100)
  expect(rateOf(after(...events))).toBeCloseTo(1000)
})
