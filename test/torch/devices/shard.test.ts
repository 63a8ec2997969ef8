/** Weights that the processes divide: the same training as with whole ones. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { StageEvent } from '../../../src/core/event.ts'
import { Interrupted } from '../../../src/core/failure.ts'
import type { Precision } from '../../../src/engine/names.ts'
import { torchModule } from '../../../src/engine/torch/emit/torch-module.ts'
import type { Graph } from '../../../src/model/graph.ts'
import { numeric } from '../../../src/model/shape.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { strange } from '../../engine/torch/emit/strange.ts'
import { scratch } from '../../train/small.ts'
import { runPython } from '../run-python.ts'
import { engineToInterrupt } from './own-engine.ts'
import { expectSame, expectSameMetrics, metricsOf, spread, trained } from './processes.ts'

afterEach(() => vi.unstubAllEnvs())

const python = process.env.LLMPIPE_PYTHON
const hints = { shard: 'weights' } as const

/** The module of an objective, for check_shard.py. */
function jobOf(name: string, graph: Graph, precision: Precision) {
  const { source, lists, units, halves, inputs } = torchModule(graph, { precision })
  const shapes = Object.entries(graph.inputs).map(([input, i]) => {
    const { dtype, shape } = graph.nodes[i]!
    return [input, { dtype, shape: shape.map(numeric) }]
  })
  return {
    ...{ name, source, lists, units, halves, arguments: inputs, inputs: Object.fromEntries(shapes) },
    weights: Object.fromEntries(graph.weights.map(({ name, shape }) => [name, shape])),
  }
}

describe.skipIf(python === undefined)('weights that processes divide', () => {
  it.each(['float32', 'bfloat16'] as const)(
    'give the gradients of whole ones in %s, whatever the structure of the model is',
    async (precision) => {
      const jobs = Object.entries(strange).map(([name, graph]) => jobOf(name, withCrossEntropy(graph), precision))
      const run = await runPython('test/torch/python/check_shard.py', [], JSON.stringify(jobs))
      const differences = Object.entries(JSON.parse(run) as Record<string, number>)
      expect(differences.length).toBe(jobs.length)
      expect(differences.filter(([, difference]) => !(difference < 1e-5))).toEqual([])
      // Layers that a model only calls are divided one by one.
      expect(jobs.find(({ name }) => name === 'two groups of layers')!.units).toHaveLength(5)
      expect(jobs.find(({ name }) => name === 'layers that compute the same besides')!.units).toHaveLength(3)
      // In bfloat16, some weights are sent in 16 bits.
      expect(jobs.some(({ halves }) => halves.length > 0)).toBe(precision === 'bfloat16')
    },
  )

  it.each(Object.entries(spread))('report the same at every step of %s, also beside an adapter', async (_, loop) => {
    expectSameMetrics(await metricsOf(loop, 1), await metricsOf(loop, 2, hints))
    const lora = { rank: 2, alpha: 4, targets: ['q', 'v'] }
    const adapting = (...[common, steps]: Parameters<typeof loop>) => loop(common, steps, { lora })
    expectSameMetrics(await metricsOf(adapting, 1), await metricsOf(adapting, 2, hints))
  })

  it('learn what whole ones do, whatever divides the batch', async () => {
    const settings = { batch: 4, accumulate: 2 }
    const whole = await trained(1, { settings })
    expectSame(await trained(2, { settings, hints }), whole)
    // Three do not divide the weights, nor the rows.
    expectSame(await trained(3, { settings, hints: { ...hints, micro_batch: 1, recompute: true } }), whole)
  })

  it('learn in bfloat16 what whole ones do, with layers sent in 16 bits', async () => {
    const settings = { batch: 4, precision: 'bfloat16' } as const
    expectSame(await trained(2, { settings, hints }), await trained(2, { settings }))
  })

  it.each([
    [2, 1],
    [1, 3],
  ])('of %i processes are resumed by %i', async (first, then) => {
    const work = scratch()
    const stop = new AbortController()
    const emit = (event: StageEvent) => {
      if (event.event === 'metric' && event.step === 5) stop.abort()
    }
    const engine = await engineToInterrupt(first)
    await expect(trained(first, { engine, work, emit, signal: stop.signal, hints })).rejects.toThrow(Interrupted)
    const [resumed, whole] = [await trained(then, { work, hints }), await trained(1)]
    expect(resumed.losses.length).toBeGreaterThan(0)
    expectSame(resumed, { ...whole, losses: whole.losses.slice(-resumed.losses.length) })
  })
})
