/** A mixture trains on the same batches on every engine, and reports the same losses of its sources. Runs where LLMPIPE_PYTHON has torch. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { StageEvent } from '../../src/core/event.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { scratch, tokensOf, train } from '../train/small.ts'

const on = {
  sources: [
    { name: 'web', tokens: tokensOf(40) },
    { name: 'code', tokens: tokensOf(20, 'if x { return y } else { return z } ') },
    { name: 'books', tokens: tokensOf(3, 'Call me Ishmael. Some years ago, never mind how long precisely. ') },
  ],
  phases: [
    { start: 0, shares: [0.7, 0.2, 0.1] },
    { start: 8, shares: [0.2, 0.2, 0.6] },
  ],
}

/** The metrics of each step. */
async function metricsOf(engine: 'onnx' | 'tfjs' | 'torch', micro_batch?: number, processes = 1) {
  vi.stubEnv('LLMPIPE_TORCH_PROCESSES', `${processes}`)
  const events: StageEvent[] = []
  const hints = micro_batch === undefined ? {} : { micro_batch }
  const task = { on, events, work: scratch(), hints, settings: { accumulate: 2, batch: 6 } }
  await train({ ...task, engine: await loadEngine(engine) })
  return events.flatMap((event) => (event.event === 'metric' && event.loss !== undefined ? [event] : []))
}

afterEach(() => void vi.unstubAllEnvs())

describe.skipIf(process.env.LLMPIPE_PYTHON === undefined)('a mixture', () => {
  it('is the same on onnx, tfjs and torch, however torch divides its batches', async () => {
    const ours = await metricsOf('onnx')
    expect(ours).toHaveLength(12)
    const others = [await metricsOf('tfjs'), await metricsOf('torch', 2), await metricsOf('torch', undefined, 2)]
    for (const theirs of others)
      for (const [step, metric] of ours.entries())
        for (const name of ['loss', 'loss[web]', 'loss[code]', 'loss[books]', 'tokens[web]', 'tokens[books]']) {
          const [one, other] = [metric[name], theirs[step]![name]]
          expect(other === undefined).toBe(one === undefined)
          if (one !== undefined)
            expect(Math.abs(Number(other) - Number(one)), `${name} after ${step}`).toBeLessThan(1e-3)
        }
  })
})
