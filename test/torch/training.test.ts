/** Training beside PyTorch: the same initial weights and batches give the same losses. Runs where LLMPIPE_PYTHON has torch and safetensors. */

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StageEvent } from '../../src/core/event.ts'
import { spanOf } from '../../src/engine/training-session.ts'
import { bind } from '../../src/model/bind.ts'
import { makeBatch } from '../../src/train/batches/batches.ts'
import { Windows } from '../../src/train/batches/windows.ts'
import { initialize } from '../../src/train/weights/initialize.ts'
import { layOut, views } from '../../src/train/weights/parameters.ts'
import { type StoredTensor, writeSafetensors } from '../../src/train/weights/safetensors.ts'
import { architecture, scratch, settings, sizes, tokensOf, train } from '../train/small.ts'
import { runPython } from './run-python.ts'

const python = process.env.LLMPIPE_PYTHON

describe.skipIf(python === undefined)('PyTorch', () => {
  it.each([false, true])('trains GPT-2 to the same losses, biases: %s', (bias) => {
    return compare(bias)
  })
})

async function compare(bias: boolean): Promise<void> {
  const model = architecture('gpt2', { ...sizes, bias })
  const steps = 40
  const optimizer = { lr: 1e-2, betas: [0.9, 0.99], eps: 1e-8, weight_decay: 0.1 }
  const on = tokensOf(40)
  const events: StageEvent[] = []
  await train({
    model,
    on,
    events,
    settings: { steps, optimizer, schedule: { call: 'cosine', warmup: 5, floor: 0.1 }, windows: 'random' },
  })
  const ours = events.flatMap((event) => (event.event === 'metric' && event.loss !== undefined ? [event.loss] : []))

  const { batch: size, context: time, seed } = settings
  const graph = bind(model.graph, { batch: size, time, vocab: sizes.vocab })
  const slots = layOut(graph.weights)
  const flat = new Float32Array(spanOf(slots))
  initialize(graph.weights, slots, flat, seed)
  const batch = makeBatch(size, time)
  const windows = new Windows([on], { time, seed, order: 'random', phases: [{ start: 0, shares: [1] }] })
  const tokens = new Float32Array(steps * size * time)
  const targets = new Float32Array(tokens.length)
  for (let step = 0; step < steps; step++) {
    windows.fill(batch, step)
    tokens.set(batch.tokens, step * size * time)
    targets.set(batch.targets, step * size * time)
  }
  const shape = [steps, size, time]
  const path = join(scratch(), 'start.safetensors')
  const weights = views(slots, flat) as Record<string, StoredTensor>
  writeSafetensors(path, { ...weights, tokens: { shape, data: tokens }, targets: { shape, data: targets } })
  const given = JSON.stringify({ layers: sizes.layers, heads: sizes.heads, steps, warmup: 5, lr: 1e-2 })
  const theirs = JSON.parse(await runPython('test/torch/python/training.py', [path, given])) as number[]
  for (const [step, loss] of theirs.entries())
    expect(Math.abs(ours[step]! - loss)).toBeLessThan(step < 10 ? 1e-5 : 1e-3)
}
