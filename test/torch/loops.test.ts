/** The training loops on the engine torch: the losses of the engine onnx, and the same bytes after a kill. */

import { describe, expect, it } from 'vitest'
import type { StageEvent } from '../../src/core/event.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { train } from '../train/small.ts'

describe.skipIf(process.env.LLMPIPE_PYTHON === undefined)('the engine torch', () => {
  it('trains to the losses of the engine onnx', async () => {
    const lossesOf = async (name: string) => {
      const events: StageEvent[] = []
      await train({ engine: await loadEngine(name), events, settings: { steps: 100 } })
      return events.flatMap((event) => (event.event === 'metric' && event.loss !== undefined ? [event.loss] : []))
    }
    const [onnx, torch] = [await lossesOf('onnx'), await lossesOf('torch')]
    expect(torch).toHaveLength(100)
    for (const [i, loss] of torch.entries()) expect(Math.abs(loss - onnx[i]!)).toBeLessThan(1e-4)
  })
})
