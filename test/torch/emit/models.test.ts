/** Whole models and their losses on PyTorch beside ONNX Runtime. Runs where LLMPIPE_PYTHON has torch and safetensors. */

import { beforeAll, describe, it } from 'vitest'
import { feedsFor, graphs } from '../../engine/torch/emit/models.ts'
import { expectSame, type Job, python, type Results, runModules } from './modules.ts'

const jobs: Job[] = Object.entries(graphs).map(([name, graph]) => ({ name, graph, feeds: feedsFor(graph) }))

describe.skipIf(python === undefined)('an emitted model computes on PyTorch what ONNX Runtime computes', () => {
  let results: readonly Results[]
  beforeAll(async () => {
    results = await runModules(jobs)
  })

  it.each(jobs.map((job, i) => [job.name, i] as const))('%s', (_, i) => expectSame(jobs[i]!, results[i]!, 1e-4))
})
