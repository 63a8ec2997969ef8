/** Texts that several processes write and read together: the same as those of one. */

import { describe, expect, it } from 'vitest'
import { Random } from '../../src/core/values/random.ts'
import type { Compiler } from '../../src/engine/engine.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { Generator } from '../../src/train/generation/generator.ts'
import { plainSampling } from '../../src/train/generation/sampling.ts'
import { SequenceScorer } from '../../src/train/scores/sequence-scores.ts'
import { randomWeights } from './random-weights.ts'
import { architecture } from './small.ts'
import { inWays } from './ways.ts'

const vocab = 50
const context = 80
const model = architecture('llama', { vocab, dim: 32, layers: 3, heads: 4, context })
const weights = randomWeights(model, vocab, 1, 8)
const engine = await loadEngine('onnx')
const prompts = Array.from({ length: 37 }, (_, i) =>
  Array.from({ length: 1 + ((i * 5) % 30) }, (_, at) => (i * 7 + at * 3) % vocab),
)

describe.each([2, 3, 8])('%i processes', (ways) => {
  it.each([0, 1])('write the texts of one, at temperature %i', async (temperature) => {
    const rows = new Set<number>()
    const write = async (compiler: Compiler) => {
      const generator = new Generator(compiler, model, { vocab, batch: prompts.length, threads: 1 })
      const randoms = prompts.map((_, i) => new Random(1, 'answers', i))
      // Many texts end early, so that the groups get smaller; others need more room.
      const writing = { ...plainSampling, temperature, maxTokens: 60, stop: [7, 8, 9, 10], logProbabilities: true }
      const texts = await generator.complete(weights, prompts, writing, randoms)
      await generator.dispose()
      return texts
    }
    const [divided, whole] = [await write(inWays(engine, ways, (each) => rows.add(each))), await write(engine)]
    expect(divided.map(({ tokens }) => tokens)).toEqual(whole.map(({ tokens }) => tokens))
    for (const [i, { logProbabilities }] of whole.entries())
      for (const [at, each] of logProbabilities.entries()) expect(divided[i]!.logProbabilities[at]).toBeCloseTo(each, 5)
    expect(Math.max(...rows)).toBe(Math.ceil(prompts.length / ways))
    if (ways === 2) expect(rows.size).toBe(2)
  })

  it('write one text without dividing it', async () => {
    const never = () => expect.unreachable()
    const generator = new Generator(inWays(engine, ways, never), model, { vocab, batch: 4, threads: 1 })
    const writing = { ...plainSampling, maxTokens: 4, stop: [] }
    expect((await generator.complete(weights, [[1]], writing, [new Random(1, 'answers', 0)]))[0]!.tokens).toHaveLength(
      4,
    )
    await generator.dispose()
  })

  it('read sequences as one does, and share few of them', async () => {
    const rows = new Set<number>()
    const read = async (compiler: Compiler, sequences: readonly (readonly number[])[]) => {
      const shape = { vocab, rows: 4, time: 32, threads: 1 }
      const scorer = await SequenceScorer.compile(compiler, model, shape)
      const scores = await scorer.logProbabilities(weights, sequences)
      await scorer.dispose()
      return scores
    }
    for (const count of [37, 5, 1, 0]) {
      const some = prompts.slice(0, count)
      const [divided, whole] = [
        await read(
          inWays(engine, ways, (each) => rows.add(each)),
          some,
        ),
        await read(engine, some),
      ]
      expect(divided).toHaveLength(count)
      for (const [i, scores] of whole.entries())
        for (const [at, score] of scores.entries()) expect(divided[i]![at]).toBeCloseTo(score, 5)
    }
    expect(Math.max(...rows)).toBe(4)
    expect(Math.min(...rows)).toBe(1)
  })
})
