/** Batches that are divided among processes, and by what fits at once: the same training, whatever their number is. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import { Interrupted } from '../../../src/core/failure.ts'
import { scratch } from '../../train/small.ts'
import { engineToInterrupt, ownEngine } from './own-engine.ts'
import { childrenOf, expectSame, expectSameMetrics, metricsOf, spread, trained } from './processes.ts'

afterEach(() => vi.unstubAllEnvs())

describe.skipIf(process.env.LLMPIPE_PYTHON === undefined).each(Object.entries(spread))(
  '%s in two processes',
  (_, loop) => {
    it('reports the same at every step as in one', async () => {
      expectSameMetrics(await metricsOf(loop, 1), await metricsOf(loop, 2))
    })
  },
)

describe.skipIf(process.env.LLMPIPE_PYTHON === undefined)('a batch', () => {
  it('gives the same step however many processes share it', async () => {
    const settings = { batch: 4, accumulate: 2 }
    expectSame(await trained(2, { settings }), await trained(1, { settings }))
  })

  it('may have a number of rows that the processes do not divide', async () => {
    for (const batch of [3, 1])
      expectSame(await trained(2, { settings: { batch } }), await trained(1, { settings: { batch } }))
  })

  it('gives the same step in smaller parts', async () => {
    const whole = await trained(1)
    for (const micro_batch of [1, 3]) expectSame(await trained(1, { hints: { micro_batch } }), whole)
    expectSame(await trained(2, { hints: { micro_batch: 1 } }), whole)
  })

  it.each([
    [2, 1],
    [1, 3],
  ])('of %i processes is resumed by %i', async (first, then) => {
    const work = scratch()
    const stop = new AbortController()
    const emit = (event: StageEvent) => {
      if (event.event === 'metric' && event.step === 5) stop.abort()
    }
    const engine = await engineToInterrupt(first)
    await expect(trained(first, { engine, work, emit, signal: stop.signal })).rejects.toThrow(Interrupted)
    const [resumed, whole] = [await trained(then, { work }), await trained(1)]
    expect(resumed.losses.length).toBeGreaterThan(0)
    expect(resumed.losses.length).toBeLessThan(whole.losses.length)
    expectSame(resumed, { ...whole, losses: whole.losses.slice(-resumed.losses.length) })
  })

  it('fails if one of the processes ends', async () => {
    const kill = (event: StageEvent) => {
      if (event.event !== 'metric' || event.step !== 3) return
      const followers = childrenOf(process.pid).flatMap(childrenOf)
      for (const pid of followers) process.kill(pid, 'SIGKILL')
    }
    const { engine } = await ownEngine()
    await expect(trained(2, { engine, emit: kill, settings: { steps: 5_000 } })).rejects.toMatchObject({
      code: 'killed',
      message: expect.stringContaining('process 2 of 2 of the PyTorch worker was ended by SIGKILL'),
    })
  })
})
