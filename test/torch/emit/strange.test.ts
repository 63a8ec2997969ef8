/** Strange models on PyTorch beside ONNX Runtime. Runs where LLMPIPE_PYTHON has torch and safetensors. */

import { beforeAll, describe, it } from 'vitest'
import { withLora } from '../../../src/model/training/lora.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { feedsOf } from '../../engine/feeds.ts'
import { strange } from '../../engine/torch/emit/strange.ts'
import { expectSame, type Job, python, type Results, runModules } from './modules.ts'

const adapter = { rank: 2, alpha: 4, targets: ['all_linear'] }

const jobs: Job[] = Object.entries(strange).flatMap(([name, graph]) =>
  [
    [name, graph] as const,
    [`${name}: its loss`, withCrossEntropy(graph)] as const,
    [`${name}: its loss with LoRA`, withCrossEntropy(withLora(graph, adapter))] as const,
  ].map(([title, each]) => ({ name: title, graph: each, feeds: feedsOf(each, 11) })),
)

describe.skipIf(python === undefined)('a strange model computes on PyTorch what ONNX Runtime computes', () => {
  let results: readonly Results[]
  beforeAll(async () => {
    results = await runModules(jobs)
  })

  it.each(jobs.map((job, i) => [job.name, i] as const))('%s', (_, i) => expectSame(jobs[i]!, results[i]!))
})
