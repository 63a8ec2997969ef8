/** Texts that several devices write: the same as those of one, in the same order. */

import { expect, it } from 'vitest'
import { Random } from '../../src/core/values/random.ts'
import type { Compiler, Engine } from '../../src/engine/engine.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { Generator } from '../../src/train/generation/generator.ts'
import { plainSampling } from '../../src/train/generation/sampling.ts'
import { randomWeights } from './random-weights.ts'
import { architecture, sizes } from './small.ts'

const model = architecture('llama', sizes)
const weights = randomWeights(model, sizes.vocab, 1, 1)
// Every group has two prompts of a length of its own.
const prompts = Array.from({ length: 10 }, (_, i) => Array.from({ length: 1 + (i % 5) }, (_, at) => 60 + i + at))

async function written(engine: Engine, helpers: readonly Compiler[]) {
  const generator = new Generator(engine, model, { vocab: sizes.vocab, batch: 2, threads: 1 }, helpers)
  const randoms = prompts.map((_, i) => new Random(1, 'answers', i))
  const writing = { ...plainSampling, maxTokens: 6, stop: [10], logProbabilities: true }
  const texts = await generator.complete(weights, prompts, writing, randoms)
  await generator.dispose()
  return texts
}

it.each(process.env.LLMPIPE_PYTHON ? ['onnx', 'torch'] : ['onnx'])('%s', async (name) => {
  const engine = await loadEngine(name)
  const helpers = (await engine.others?.(2)) ?? [engine, engine]
  const used = new Set<number>()
  const counted = helpers.map(
    (helper, i): Compiler => ({
      compile(graph, options) {
        used.add(i)
        return helper.compile(graph, options)
      },
      ...(helper.remember && { remember: helper.remember.bind(helper) }),
    }),
  )
  expect(await written(engine, counted)).toEqual(await written(engine, []))
  expect([...used].sort()).toEqual([0, 1])
})
