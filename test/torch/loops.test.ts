/** The training loops on the engine torch: the losses of the engine onnx, and the same bytes after an interruption. */

import { describe, expect, it } from 'vitest'
import { Interrupted } from '../../src/core/failure.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { type Common, commonOf, type Loop, loops, onnx } from '../train/all-loops.ts'
import { scratch } from '../train/small.ts'

/** The losses of the steps, and what the loop returned. */
async function run(loop: Loop, engine: Engine, steps: number) {
  const losses: number[] = []
  const emit: Common['emit'] = (event) => {
    if (event.event === 'metric' && event.loss !== undefined) losses.push(event.loss)
  }
  return { result: await loop(commonOf({ engine, emit }), steps), losses }
}

describe.skipIf(process.env.LLMPIPE_PYTHON === undefined).each(Object.entries(loops))('%s by PyTorch', (_, loop) => {
  it('has the losses of the engine onnx over 100 steps', async () => {
    const [torch, host] = [await run(loop, await loadEngine('torch'), 100), await run(loop, onnx, 100)]
    expect(host.losses).toHaveLength(100)
    expect(torch.losses).toHaveLength(100)
    for (const [i, loss] of torch.losses.entries()) expect(Math.abs(loss - host.losses[i]!)).toBeLessThan(1e-4)
  })

  it('ends in the same bytes after an interruption', async () => {
    const engine = await loadEngine('torch')
    const work = scratch()
    const stop = new AbortController()
    const emit: Common['emit'] = (event) => {
      if (event.event === 'progress' && event.done === 2) stop.abort()
    }
    await expect(loop(commonOf({ engine, work, signal: stop.signal, emit }), 6)).rejects.toThrow(Interrupted)
    const said: string[] = []
    const listen: Common['emit'] = (event) => {
      if (event.event === 'log') said.push(event.message)
    }
    const resumed = await loop(commonOf({ engine, work, emit: listen }), 6)
    expect(said).toContainEqual(expect.stringMatching(/^resumed from step [1-9]/))
    expect(resumed).toEqual(await loop(commonOf({ engine }), 6))
  })
})
