/** The worker draws the tokens that the host draws from the same logits and random numbers. */

import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/core/values/random.ts'
import type { TokenDrawing } from '../../../src/engine/engine.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { Generator, type Writing } from '../../../src/train/generation/generator.ts'
import { logProbability, plainSampling, type Sampling, sample } from '../../../src/train/generation/sampling.ts'
import { randomWeights } from '../../train/random-weights.ts'
import { architecture, sizes } from '../../train/small.ts'
import { runPython } from '../run-python.ts'

const python = process.env.LLMPIPE_PYTHON

const settings: readonly Partial<Sampling>[] = [
  {},
  { temperature: 0 },
  { temperature: 0.3 },
  { temperature: 2.5 },
  { topK: 1 },
  { topK: 5 },
  { topK: 10_000 },
  { topP: 0.5 },
  { topP: 0.95, temperature: 1.5 },
  { topP: 1e-9 },
  { minP: 0.2 },
  { minP: 1 },
  { topK: 8, topP: 0.8, minP: 0.05, temperature: 0.7 },
]

/** Logits of which several are equal, as those of small models in bfloat16 are. */
function logitsOf(random: Random, vocab: number): number[] {
  return Array.from({ length: vocab }, () => Math.round(random.normal() * 12) / 4)
}

describe.skipIf(python === undefined)('a token', () => {
  it('is the one that the host draws, whatever the settings', async () => {
    const random = new Random(1, 'drawing')
    const cases = Array.from({ length: 40 }, () =>
      settings.map((changed) => {
        const vocab = 3 + random.below(60)
        const [end, holes] = random.below(2) === 0 ? [vocab, []] : [vocab - 1, [random.below(vocab - 2)]]
        const logits = [0, 1, 2].map(() => logitsOf(random, vocab))
        const uniforms = [random.uniform(), 0, 1 - 2 ** -53]
        const sampling: Sampling = { ...plainSampling, ...changed }
        const drawing: TokenDrawing = { ...sampling, end, holes, logProbabilities: true, uniforms }
        return { logits, drawing, sampling }
      }),
    ).flat()
    const theirs = JSON.parse(await runPython('test/torch/python/check_drawing.py', [], JSON.stringify(cases))) as {
      ids: number[]
      logProbabilities: number[]
    }[]
    for (const [i, { logits, drawing, sampling }] of cases.entries())
      for (const [row, all] of logits.entries()) {
        const whole = Float32Array.from(all)
        const known = whole.slice(0, drawing.end)
        for (const hole of drawing.holes) known[hole] = Number.NEGATIVE_INFINITY
        const fixed = { uniform: () => drawing.uniforms[row]! } as Random
        const id = sample(known, sampling, fixed)
        expect([i, row, theirs[i]!.ids[row]]).toEqual([i, row, id])
        expect(theirs[i]!.logProbabilities[row]).toBeCloseTo(logProbability(whole, id, sampling.temperature), 5)
      }
  })

  it('is drawn on the device, and the texts are those of the host', async () => {
    const model = architecture('llama', sizes)
    const weights = randomWeights(model, sizes.vocab, 1, 1)
    const prompts = [[60], [61, 62], [63, 64, 65]]
    const known = { end: sizes.vocab - 3, holes: [7, 100] }
    for (const changed of [{}, { topK: 20, topP: 0.9 }, { temperature: 0 }, { repetitionPenalty: 1.3 }]) {
      const writing: Writing = { ...plainSampling, ...changed, maxTokens: 12, stop: [70], logProbabilities: true }
      const written = async (name: 'onnx' | 'torch') => {
        const shape = { vocab: sizes.vocab, batch: 3, threads: 1, known }
        const generator = new Generator(await loadEngine(name), model, shape)
        const randoms = prompts.map((_, i) => new Random(5, 'texts', i))
        return generator.complete(weights, prompts, writing, randoms)
      }
      const [device, host] = [await written('torch'), await written('onnx')]
      expect(device.map(({ tokens, ended }) => ({ tokens, ended }))).toEqual(
        host.map(({ tokens, ended }) => ({ tokens, ended })),
      )
      for (const [i, { logProbabilities }] of device.entries())
        for (const [at, each] of logProbabilities.entries()) expect(each).toBeCloseTo(host[i]!.logProbabilities[at]!, 4)
    }
  })
})
