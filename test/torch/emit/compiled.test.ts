/** Emitted layers under torch.compile, and in bfloat16. Runs where LLMPIPE_PYTHON has torch and safetensors. */

import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { moduleAttributes } from '../../../src/engine/torch/emit/members.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { difference, largestOf } from '../../engine/suite.ts'
import { feedsFor, graphs } from '../../engine/torch/emit/models.ts'
import { strange } from '../../engine/torch/emit/strange.ts'
import { runPython } from '../run-python.ts'
import { expectSame, type Job, onnxResults, python, type Results, runModules } from './modules.ts'

const trained = [
  'gpt2, its loss',
  'gpt2 with dropout, its loss',
  'llama with tied tables, packed, its loss',
  'llama with LoRA, packed, its loss',
  'the objective of DPO',
  'the objective of a reward model',
  'the objective of PPO',
  'the objective of GRPO',
]
const job = (name: string, more: Partial<Job> = {}): Job => {
  const graph = graphs[name]!
  return { name, graph, feeds: feedsFor(graph), ...more }
}
/** The loss of a strange model. */
const lossOf = (name: string): Job => {
  const graph = withCrossEntropy(strange[name]!)
  return { name: `${name}, its loss`, graph, feeds: feedsFor(graph) }
}
/** Whether torch.compile can make machine code here. */
const compiles = spawnSync('g++', ['--version']).status === 0

describe.skipIf(python === undefined)('layers under torch.compile', () => {
  const some = ['gpt2 with dropout, its loss', 'llama with LoRA, packed, its loss', 'the objective of PPO']
  const models = ['attention of all sorts', 'a mixture of experts', 'earlier tokens']
  const jobs = [...some.map((name) => job(name)), ...models.map(lossOf)].map(
    (each): Job => ({ ...each, compile: 'aot_eager' }),
  )
  let results: readonly Results[]
  beforeAll(async () => {
    results = await runModules(jobs)
  })

  it.each(jobs.map((each, i) => [each.name, i] as const))(
    'are one graph for all, with the same results: %s',
    async (_, i) => {
      expect([...results[i]!.graphs!.data]).toEqual([1])
      await expectSame(jobs[i]!, results[i]!, 1e-4)
    },
  )

  it.skipIf(!compiles)('are compiled to machine code', async () => {
    const machine = job('llama with tied tables, packed, its loss', { compile: 'inductor' })
    const [result] = await runModules([machine])
    await expectSame(machine, result!, 1e-4)
  })
})

describe.skipIf(python === undefined)('in bfloat16', () => {
  const models = [
    'attention of all sorts',
    'attention within windows',
    'rotary positions of all sorts',
    'earlier tokens',
  ]
  const jobs = [
    ...[...trained, 'gpt2 that reads a prompt', 'llama that writes a token'].map((name) => job(name)),
    ...models.map((name) => lossOf(name)),
  ].map((each): Job => ({ ...each, precision: 'bfloat16' }))
  let results: readonly Results[]
  beforeAll(async () => {
    results = await runModules(jobs)
  })

  // A number of bfloat16 has 8 bits: an error of 0.4 % for each operation of a chain.
  it.each(jobs.map((each, i) => [each.name, i] as const))('results are near those in float32: %s', async (_, i) => {
    const expected = await onnxResults(jobs[i]!)
    const gradients = Object.entries(expected).filter(([name]) => name.startsWith('grad:'))
    const least = 0.1 * Math.max(0, ...gradients.map(([, { data }]) => largestOf(data)))
    for (const [name, { data }] of Object.entries(expected)) {
      if (results[i]![name] === undefined && largestOf(data) === 0) continue
      expect(difference(results[i]![name]!.data, data, name.startsWith('grad:') ? least : 0.1), name).toBeLessThan(0.1)
    }
  })
})

describe.skipIf(python === undefined)('names', () => {
  it('of nn.Module are known', async () => {
    const names = JSON.parse(await runPython('test/torch/python/module_names.py')) as string[]
    expect(names).toContain('forward')
    expect(names.filter((name) => !moduleAttributes.has(name))).toEqual([])
  })
})
