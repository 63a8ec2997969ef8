/** Training loops on an engine that keeps weights, optimizer and keys and values itself: they never touch weights on the host. */

import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import { Interrupted } from '../../../src/core/failure.ts'
import { device } from '../../engine/device.ts'
import { type Common, commonOf, loops, onnx } from '../all-loops.ts'
import { scratch, train } from '../small.ts'

const steps = 4

/** An adapter is merged on the host, to measure it: see the decision. */
const { 'sft with an adapter': _, ...others } = loops

describe.each(Object.entries(others))('%s', (name, loop) => {
  it('ends in the same weights as on the host, which it copies once from there and once to it', async () => {
    const { engine, calls } = device(onnx)
    expect(await loop(commonOf({ engine }), steps)).toEqual(await loop(commonOf({}), steps))
    // The initial weights are made on the host.
    expect(calls).toMatchObject({ reads: 1, fills: 1 })
    expect(calls.batches).toBeGreaterThanOrEqual(4)
    expect(calls.updates).toBeGreaterThanOrEqual(4)
    expect(calls.ahead).toBe(calls.batches)
    // Only sft's base and the policy's reference are weights of the host.
    expect(calls.fed > 0).toBe(/^(sft|ppo|grpo)/.test(name))
    expect(calls.memories > 0).toBe(/^(pretrain|ppo|grpo)/.test(name))
  })

  it('resumes on the device from a checkpoint, to the same weights', async () => {
    const { engine, calls } = device(onnx)
    const work = scratch()
    const stop = new AbortController()
    const emit: Common['emit'] = (event) => {
      if (event.event === 'progress' && event.done === 2) stop.abort()
    }
    await expect(loop(commonOf({ engine, work, signal: stop.signal, emit }), steps)).rejects.toThrow(Interrupted)
    // The numbers of a step are read while the device takes the next, unless the loop needs them first: here at the end of an epoch.
    expect(readdirSync(work)).toEqual([name === 'pretrain' ? 'step-3.safetensors' : 'step-2.safetensors'])
    // The session writes its checkpoints itself.
    expect(calls).toMatchObject({ reads: 0, fills: 1 })
    expect(await loop(commonOf({ engine, work }), steps)).toEqual(await loop(commonOf({}), steps))
    expect(calls).toMatchObject({ reads: 1, fills: 1 })
  })
})

it.each([
  [8, []],
  [4, ['this training computes on 4 GPUs, because a batch has no more rows: 4 of the 8 reserved stay idle']],
  [1, ['this training computes on one GPU, because a batch has no more rows: 7 of the 8 reserved stay idle']],
  [undefined, []],
])('a training with 8 GPUs of which %s compute says once how many stay idle', async (used, warnings) => {
  const events: StageEvent[] = []
  await train({ engine: device(onnx, used).engine, gpus: 8, settings: { steps: 2 }, events })
  expect(events.flatMap((each) => (each.event === 'log' && each.level === 'warning' ? [each.message] : []))).toEqual(
    warnings,
  )
})
