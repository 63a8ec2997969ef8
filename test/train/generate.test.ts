/** Sampling by its definition, and writing on with a model. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../src/core/random.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { Generator, sample } from '../../src/train/generate.ts'
import { views } from '../../src/train/parameters.ts'
import { architecture, sizes, tokenizer, train } from './small.ts'

const logits = Float32Array.of(1, 3, 2, 3, -1)
const all = { temperature: 1, topK: 0, topP: 1 }
const draws = (choice: Partial<typeof all>, count = 2000) => {
  const random = new Random(1, 'test')
  const counts = new Array<number>(logits.length).fill(0)
  for (let i = 0; i < count; i++) counts[sample(logits, { ...all, ...choice }, random)]!++
  return counts.map((each) => each / count)
}
/** Softmax over some ids, the others 0. */
const softmax = (ids: readonly number[], temperature = 1) => {
  const weights = [...logits].map((logit, id) => (ids.includes(id) ? Math.exp(logit / temperature) : 0))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}
const near = (got: readonly number[], expected: readonly number[]) => {
  for (const [id, share] of expected.entries()) expect(Math.abs(got[id]! - share)).toBeLessThan(0.04)
}

describe('sample', () => {
  it('takes the likeliest at temperature 0, of equals the first', () => {
    expect(draws({ temperature: 0 }, 5)).toEqual([0, 1, 0, 0, 0])
  })

  it('draws as softmax tells, flatter when hot', () => {
    near(draws({}), softmax([0, 1, 2, 3, 4]))
    near(draws({ temperature: 3 }), softmax([0, 1, 2, 3, 4], 3))
  })

  it('draws of the k likeliest only', () => {
    near(draws({ topK: 2 }), softmax([1, 3]))
    near(draws({ topK: 3 }), softmax([1, 2, 3]))
    near(draws({ topK: 99 }), softmax([0, 1, 2, 3, 4]))
  })

  it('draws of the fewest that have the mass p together', () => {
    // Shares: 0.39, 0.39, 0.14, 0.05, 0.01.
    near(draws({ topP: 0.1 }), softmax([1]))
    near(draws({ topP: 0.5 }), softmax([1, 3]))
    near(draws({ topP: 0.9 }), softmax([1, 2, 3]))
  })

  it('always gives an id that is allowed', () => {
    const logitsOf = fc.array(fc.float({ noNaN: true, min: -50, max: 50 }), { minLength: 1, maxLength: 20 })
    const settings = fc.record({
      temperature: fc.double({ min: 0, max: 5, noNaN: true }),
      topK: fc.nat({ max: 25 }),
      topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(logitsOf, settings, fc.nat(), (values, choice, seed) => {
        const id = sample(Float32Array.from(values), choice, new Random(seed, 'test'))
        const better = values.filter((value) => Math.fround(value) > Math.fround(values[id]!)).length
        expect(better).toBeLessThan(choice.topK === 0 ? values.length : choice.topK)
      }),
    )
  })
})

describe('Generator', () => {
  const text = async (change: { seed?: number; temperature?: number; stop?: number[]; maxTokens?: number } = {}) => {
    const { slots, parameters } = await trained
    const generator = await Generator.compile(await loadEngine('onnx'), architecture('llama', sizes), sizes.vocab, 1)
    const sampling = { ...all, temperature: 0, seed: 1, maxTokens: 40, stop: [] as number[], ...change }
    const ids: number[] = []
    for await (const id of generator.generate(views(slots, parameters), tokenizer.encode('Jack'), sampling))
      ids.push(id)
    await generator.dispose()
    return tokenizer.decode(ids)
  }
  const trained = train({ settings: { steps: 250 } })

  it('writes on what it learned, also beyond its context', async () => {
    expect(await text()).toMatch(/^ and Jill went up the hill/)
  })

  it('writes the same with the same seed', async () => {
    const hot = { temperature: 1.5, maxTokens: 30 }
    expect(await text({ ...hot, seed: 7 })).toBe(await text({ ...hot, seed: 7 }))
    expect(await text({ ...hot, seed: 7 })).not.toBe(await text({ ...hot, seed: 8 }))
  })

  it('ends before a token that stops it', async () => {
    const [stop] = tokenizer.encode('J')
    expect(await text({ stop: [stop!] })).toBe(' and ')
  })
})
