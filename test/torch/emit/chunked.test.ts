/** Log-probabilities that never hold all logits. Runs where LLMPIPE_PYTHON has torch and safetensors. */

import { beforeAll, describe, expect, it } from 'vitest'
import type { Graph } from '../../../src/model/graph.ts'
import { withLogProbabilities } from '../../../src/model/training/log-probabilities.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { withGrpoLoss } from '../../../src/train/loops/policy/loss.ts'
import { feedsOf } from '../../engine/feeds.ts'
import { architecture } from '../../engine/stdlib.ts'
import { feedsFor, graphs } from '../../engine/torch/emit/models.ts'
import { strange } from '../../engine/torch/emit/strange.ts'
import { expectSame, type Job, python, type Results, runModules } from './modules.ts'

const capped = strange['a cap on the logits']!
const clipped = { temperature: 0.7, clip: 0.2, entropy_weight: 0.5, beta: 0.1 }

/** Chunks of 2 rows of 11 logits instead of 2²⁶ numbers. */
const smaller = (source: string) => {
  expect(source).toContain('2**26')
  return source.replace('2**26', '25')
}

const all = {
  'the loss of gpt2, whose table is tied': graphs['gpt2, its loss']!,
  'the loss of llama': graphs['llama, its loss']!,
  'a bias and a cap': withCrossEntropy(capped),
  'a bias, a cap, a scale and entropies': withGrpoLoss(capped, clipped),
  'a scale and entropies': graphs['the objective of GRPO']!,
  'a temperature': graphs['log-probabilities of llama at a temperature']!,
}

const jobs: Job[] = Object.entries(all).map(([name, graph]) => ({
  name,
  graph,
  feeds: feedsFor(graph),
  edit: smaller,
  measure: true,
}))

describe.skipIf(python === undefined)('log-probabilities in chunks', () => {
  let results: readonly Results[]
  beforeAll(async () => {
    results = await runModules(jobs)
  })

  it.each(jobs.map((job, i) => [job.name, i] as const))('equal those of all logits: %s', (_, i) =>
    expectSame(jobs[i]!, results[i]!, 2e-5),
  )

  it('hold no tensor of all logits', async () => {
    const logits = 4 * 64 * 600
    const model = architecture('gpt2', { vocab: 600, dim: 8, layers: 1, heads: 1, context: 64 }, { batch: 4, time: 64 })
    const job = (name: string, graph: Graph): Job => ({
      name,
      graph,
      feeds: feedsOf(graph, 64),
      edit: (source) => source.replace('2**26', '16 * 600'),
      measure: true,
    })
    const [chunked, plain] = await runModules([
      job('chunked', withCrossEntropy(model)),
      job('plain', withLogProbabilities(model, ['logits'])),
    ])
    expect(plain!.largest!.data[0]).toBeGreaterThanOrEqual(logits)
    expect(chunked!.largest!.data[0]).toBeLessThan(logits / 5)
  })
})
