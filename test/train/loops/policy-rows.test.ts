/** Policies on devices that compute many rows at once. */

import { expect, it } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import { engineOver } from '../../../src/engine/torch/engine.ts'
import type { WorkerProcess } from '../../../src/engine/torch/worker-process.ts'
import { grpo } from '../../../src/train/loops/grpo.ts'
import { trainPolicy } from '../../../src/train/loops/policy/loop.ts'
import { ppo } from '../../../src/train/loops/ppo.ts'
import { commonOf, group, onnx, pricing, scorerOf } from '../all-loops.ts'

const prompts = Array.from({ length: 32 }, (_, i) => Array.from({ length: 10 }, (_, at) => 40 + ((i * at + 7) % 60)))

/** Trains a policy for three steps; returns its losses and answers, the rows of its batches and of what it reads. */
async function learn(method: Parameters<typeof trainPolicy>[1], atOnce?: Engine['atOnce']) {
  const losses: number[] = []
  const texts: string[] = []
  const rows = new Set<number>()
  const scored: number[] = []
  const engine: Engine = {
    ...onnx,
    ...(atOnce && { atOnce }),
    compile: (graph, options) => {
      if ('segments' in graph.inputs) rows.add(Number(graph.nodes[graph.inputs.tokens!]!.shape[0]))
      return onnx.compile(graph, options)
    },
  }
  const emit = (event: StageEvent) => {
    if (event.event === 'sample') texts.push(event.text, ...(event.more ?? []).map(({ text }) => text))
    if (event.event === 'metric' && event.loss !== undefined) losses.push(event.loss)
  }
  const optimizer = { lr: 3e-4, betas: [0.9, 0.95], eps: 1e-5, weight_decay: 0 }
  const answering = { rollouts: 32, minibatches: 1, max_tokens: 5, temperature: 1, clip_norm: 1, epochs: 2 }
  await trainPolicy(
    {
      ...commonOf({ engine, emit }),
      settings: { optimizer, schedule: { call: 'constant', warmup: 0 }, seed: 1, steps: 3, ...answering },
      prompts,
      stop: [10],
      scorer: async (_, most) => {
        scored.push(most)
        return scorerOf((ids) => ids.filter((id) => id < 64).length)
      },
      decode: (ids) => Array.from(ids).join(' '),
    },
    method,
  )
  return { losses, texts, rows: [...rows], scored }
}

it.each(Object.entries({ ppo: ppo(pricing), grpo: grpo(group) }))(
  '%s has the same losses and answers with 8 rows at once and with 32',
  async (_, method) => {
    const few = await learn(method)
    const many = await learn(method, { rows: 32, bytes: 2 ** 32 })
    expect([few.rows, few.scored, many.rows, many.scored]).toEqual([[8], [8], [32], [32]])
    expect(many.texts).toEqual(few.texts)
    expect(new Set(few.texts).size).toBeGreaterThan(4)
    for (const [i, loss] of few.losses.entries()) expect(Math.abs(loss - many.losses[i]!)).toBeLessThan(1e-5)
  },
)

it('the engine torch computes up to 64 rows at once on a GPU, in up to a quarter of its memory', () => {
  const engineOf = (memory?: number) =>
    engineOver({} as WorkerProcess, { torch: '2.6.0', device: 'any', ...(memory === undefined ? {} : { memory }) })
  expect(engineOf().atOnce).toBeUndefined()
  expect(engineOf(80 * 2 ** 30).atOnce).toEqual({ rows: 64, bytes: 20 * 2 ** 30 })
  // No fewer than on a machine without a GPU.
  expect(engineOf(4 * 2 ** 30).atOnce).toEqual({ rows: 64, bytes: 3 * 2 ** 30 })
})
