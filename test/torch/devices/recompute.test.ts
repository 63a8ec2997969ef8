/** Layers that are computed again for their gradients: less memory, the same numbers. */

import { describe, expect, it } from 'vitest'
import { loadEngine } from '../../../src/engine/load.ts'
import { torchModule } from '../../../src/engine/torch/emit/torch-module.ts'
import { bind } from '../../../src/model/bind.ts'
import { numeric } from '../../../src/model/shape.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { architecture, sizes, train } from '../../train/small.ts'
import { runPython } from '../run-python.ts'

const python = process.env.LLMPIPE_PYTHON

describe.skipIf(python === undefined)('recomputation of layers', () => {
  it('keeps a fraction of the results, and gives the same gradients', async () => {
    const model = architecture('llama', { ...sizes, layers: 6 })
    const graph = withCrossEntropy(bind(model.graph, { batch: 4, time: 16, vocab: sizes.vocab }))
    const { source, lists, inputs } = torchModule(graph)
    const shapes = Object.entries(graph.inputs).map(([name, i]) => {
      const { dtype, shape } = graph.nodes[i]!
      return [name, { dtype, shape: shape.map(numeric) }]
    })
    const given = {
      ...{ source, lists, arguments: inputs, inputs: Object.fromEntries(shapes) },
      weights: Object.fromEntries(graph.weights.map(({ name, shape }) => [name, shape])),
    }
    const run = await runPython('test/torch/python/check_recompute.py', [], JSON.stringify(given))
    const found = JSON.parse(run) as { without: number; with: number; equal: boolean }
    expect(found.equal).toBe(true)
    expect(found.with).toBeLessThan(found.without / 2)
  })

  it('changes no byte of a training', async () => {
    const engine = await loadEngine('torch')
    const model = architecture('gpt2', { ...sizes, dropout: 0.3 })
    const trained = async (recompute: boolean) =>
      (await train({ engine, model, settings: { steps: 4 }, hints: { recompute } })).tensors
    expect(await trained(true)).toEqual(await trained(false))
  })
})
