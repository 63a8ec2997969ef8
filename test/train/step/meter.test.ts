/** The reports of a training. */

import { describe, expect, it } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import { Meter } from '../../../src/train/step/meter.ts'

function meterOf(steps: number, logEvery: number) {
  const events: StageEvent[] = []
  const hints = { checkpoint_every: 0, log_every: logEvery }
  return { events, meter: new Meter({ hints, emit: (event) => events.push(event) }, steps) }
}

const numbers = (done: number, loss: number) => ({ done, loss, learningRate: 0.1, gradientNorm: 2 })

describe('a meter', () => {
  it('emits progress after every step, and says that a report is due every few steps and at the end', () => {
    const { events, meter } = meterOf(5, 2)
    expect([1, 2, 3, 4, 5].map((done) => meter.step(numbers(done, 1)))).toEqual([false, true, false, true, true])
    expect(events.map((event) => event.event === 'progress' && [event.done, event.total])).toEqual(
      [1, 2, 3, 4, 5].map((done) => [done, 5]),
    )
  })

  it('reports the mean loss of the steps since the last report', () => {
    const { events, meter } = meterOf(4, 2)
    for (const [i, loss] of [1, 3, 5, 6].entries()) if (meter.step(numbers(i + 1, loss))) meter.report()
    const losses = events.flatMap((event) => (event.event === 'metric' ? [event.loss] : []))
    expect(losses).toEqual([2, 5.5])
  })

  it('reports numbers of the loop with its own, and tokens a second only if the loop counts tokens', () => {
    const { events, meter } = meterOf(2, 1)
    meter.step(numbers(1, 1))
    meter.report({ accuracy: 0.5 })
    meter.step(numbers(2, 1), 100)
    meter.report({ loss: 7 })
    const [first, second] = events.filter(({ event }) => event === 'metric')
    expect(first).toEqual({
      ...{ event: 'metric', step: 1, loss: 1 },
      ...{ accuracy: 0.5, learningRate: 0.1, gradientNorm: 2 },
    })
    expect(second).toMatchObject({ step: 2, loss: 7, tokensPerSecond: expect.any(Number) })
  })
})
