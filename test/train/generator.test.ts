/** Sampling by its definition, and writing on with a model. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../src/core/values/random.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { bind } from '../../src/model/bind.ts'
import { Generator } from '../../src/train/generation/generator.ts'
import { plainSampling, type Sampling, sample } from '../../src/train/generation/sampling.ts'
import { SequenceScorer } from '../../src/train/scores/sequence-scores.ts'
import { randomWeights } from './random-weights.ts'
import { architecture, sizes, tokenizer, train } from './small.ts'

const logits = Float32Array.of(1, 3, 2, 3, -1)
const all = plainSampling
const draws = (choice: Partial<Sampling>, count = 2000) => {
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

/** The published rules, word for word, on everything sorted. */
function bySorting(values: Float32Array, { temperature, topK, topP, minP }: Sampling, seed: number): number {
  const highest = Math.max(...values)
  let kept = [...values]
    .map((logit, id) => ({ id, logit, weight: Math.exp((logit - highest) / temperature) }))
    .sort((a, b) => b.logit - a.logit || a.id - b.id)
  if (topK > 0) kept = kept.slice(0, topK)
  const total = (some: typeof kept) => some.reduce((sum, { weight }) => sum + weight, 0)
  const all = total(kept)
  kept = kept.filter((_, i) => i === 0 || total(kept.slice(0, i)) < topP * all)
  kept = kept.filter(({ weight }, i) => i === 0 || weight >= minP)
  const place = new Random(seed, 'test').uniform() * total(kept)
  return (kept.find((_, i) => total(kept.slice(0, i + 1)) > place) ?? kept.at(-1)!).id
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

  it('draws of those not much less likely than the likeliest', () => {
    // Of the likeliest's probability: 0.37 for the third, 0.14 for the first, 0.02 for the last.
    near(draws({ minP: 0.2 }), softmax([1, 2, 3]))
    near(draws({ minP: 0.1 }), softmax([0, 1, 2, 3]))
    near(draws({ minP: 1 }), softmax([1, 3]))
  })

  it('makes what was seen less likely, whatever its sign', () => {
    const once = (seen: readonly number[], penalty: number) =>
      sample(logits, { ...all, temperature: 0, repetitionPenalty: penalty }, new Random(1, 'test'), seen)
    expect(once([1], 1)).toBe(1)
    expect(once([1, 1], 1.1)).toBe(3)
    expect(once([1, 3, 3], 2)).toBe(2)
    // 3 / 2, 3 / 2, 2 / 2 and 1 / 2 against −1 · 2.
    expect(once([0, 1, 2, 3, 4], 2)).toBe(1)
  })

  it('draws what a sort of everything would', () => {
    const logitsOf = fc.array(fc.float({ noNaN: true, min: -9, max: 9 }), { minLength: 1, maxLength: 40 })
    const settings = fc.record({
      temperature: fc.double({ min: 0.1, max: 3, noNaN: true }),
      topK: fc.nat({ max: 45 }),
      topP: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      minP: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(logitsOf, settings, fc.nat(), (values, choice, seed) => {
        const given = Float32Array.from(values)
        const sampling = { ...all, ...choice }
        expect(sample(given, sampling, new Random(seed, 'test'))).toBe(bySorting(given, sampling, seed))
      }),
    )
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
        const id = sample(Float32Array.from(values), { ...all, ...choice }, new Random(seed, 'test'))
        const better = values.filter((value) => Math.fround(value) > Math.fround(values[id]!)).length
        expect(better).toBeLessThan(choice.topK === 0 ? values.length : choice.topK)
      }),
    )
  })
})

describe('Generator', () => {
  const text = async (change: { seed?: number; temperature?: number; stop?: number[]; maxTokens?: number } = {}) => {
    const { tensors } = await trained
    const shape = { vocab: sizes.vocab, batch: 1, threads: 1 }
    const generator = new Generator(await loadEngine('onnx'), architecture('llama', sizes), shape)
    const writing = { ...all, temperature: 0, maxTokens: 40, stop: [] as number[], ...change }
    const random = new Random(change.seed ?? 1, 'sampling')
    const ids: number[] = []
    for await (const id of generator.stream(tensors, tokenizer.encode('Jack'), writing, random)) ids.push(id)
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

describe.each(['gpt2', 'llama'])('a remembered past of %s', (name) => {
  const vocab = 50
  const context = 80
  const model = architecture(name, { vocab, dim: 32, layers: 3, heads: 4, context })
  const weights = randomWeights(model, vocab, 1, 8)
  const prompts = [[1, 2, 3], [4], Array.from({ length: 40 }, (_, i) => (i * 7) % vocab), [9, 9, 9, 9], [0, 1]]
  const randoms = (seed: number) => prompts.map((_, i) => new Random(seed, 'sampling', i))
  const generator = (batch: number, engine: Engine) => new Generator(engine, model, { vocab, batch, threads: 1 })

  /** Every token by a forward pass over all of the text. */
  async function byWholeForward(engine: Engine, prompt: readonly number[], maxTokens: number) {
    const ids = [...prompt]
    while (ids.length < Math.min(context, prompt.length + maxTokens)) {
      const time = ids.length
      const executable = await engine.compile(bind(model.graph, { batch: 1, time, vocab }), { threads: 1 })
      const ints = (data: Int32Array) => ({ dtype: 'int32', shape: [1, time], data }) as const
      const { logits } = await executable.run({
        ...weights,
        tokens: ints(Int32Array.from(ids)),
        positions: ints(Int32Array.from(ids, (_, i) => i)),
      })
      await executable.dispose()
      const last = (logits!.data as Float32Array).subarray((time - 1) * vocab)
      ids.push(last.indexOf(Math.max(...last)))
    }
    return ids.slice(prompt.length)
  }

  it('gives the tokens of the whole forward at temperature 0', async () => {
    const engine = await loadEngine('onnx')
    const writer = generator(3, engine)
    const greedy = { ...all, temperature: 0, maxTokens: 70, stop: [] }
    const written = await writer.complete(weights, prompts, greedy, randoms(1))
    await writer.dispose()
    for (const [i, prompt] of prompts.entries()) {
      const expected = await byWholeForward(engine, prompt, 70)
      expect(new Set(expected).size).toBeGreaterThan(3)
      expect(written[i]!.tokens).toEqual(expected)
      expect(written[i]!.ended).toBe(false)
    }
  })

  it('has log-probabilities that a scorer agrees with', async () => {
    const engine = await loadEngine('onnx')
    const writer = generator(5, engine)
    const writing = { ...all, temperature: 0.7, topK: 20, maxTokens: 30, stop: [7], logProbabilities: true }
    const written = await writer.complete(weights, prompts, writing, randoms(2))
    await writer.dispose()
    const scorer = await SequenceScorer.compile(engine, model, { vocab, rows: 2, time: context, threads: 1 })
    const sequences = prompts.map((prompt, i) => [...prompt, ...written[i]!.tokens])
    const scores = await scorer.logProbabilities(weights, sequences, 0.7)
    await scorer.dispose()
    for (const [i, prompt] of prompts.entries()) {
      const expected = [...scores[i]!.subarray(prompt.length - 1)]
      expect(written[i]!.logProbabilities.length).toBe(expected.length)
      for (const [t, score] of expected.entries()) expect(written[i]!.logProbabilities[t]).toBeCloseTo(score, 3)
    }
  })

  it('writes the same text whatever is written beside it, and ends each where it ends', async () => {
    const engine = await loadEngine('onnx')
    const writing = { ...all, maxTokens: 60, stop: [7, 8] }
    const texts = Array.from({ length: 40 }, (_, i) => prompts[i % prompts.length]!)
    const draws = () => texts.map((_, i) => new Random(3, 'sampling', i))
    const [alone, together] = [generator(1, engine), generator(32, engine)]
    let counted = 0
    const expected = await alone.complete(weights, texts, writing, draws())
    const found = await together.complete(weights, texts, writing, draws(), (count) => (counted += count))
    await alone.dispose()
    await together.dispose()
    expect(found).toEqual(expected)
    expect(counted).toBe(found.reduce((sum, { tokens }) => sum + tokens.length, 0))
    for (const { tokens, ended } of found) {
      expect(tokens.slice(0, -1).some((id) => id === 7 || id === 8)).toBe(false)
      expect(ended).toBe([7, 8].includes(tokens.at(-1)!))
    }
    expect(new Set(found.map(({ ended }) => ended)).size).toBe(2)
  })

  it('never draws an id that stands for nothing, and draws all that stand for something', async () => {
    // A padded table, and a vocabulary with holes.
    const holes = [0, 7, 8, 29]
    const shape = { vocab, known: { end: 30, holes }, batch: 8, threads: 1 }
    const writer = new Generator(await loadEngine('onnx'), model, shape)
    const drawn = new Set<number>()
    for (const temperature of [0, 1, 50]) {
      const writing = { ...all, temperature, maxTokens: 30, stop: [] }
      const found = await writer.complete(weights, prompts, writing, randoms(1))
      for (const { tokens } of found) for (const id of tokens) drawn.add(id)
    }
    await writer.dispose()
    const known = Array.from({ length: 30 }, (_, id) => id).filter((id) => !holes.includes(id))
    expect([...drawn].sort((a, b) => a - b)).toEqual(known)
  })

  it('takes no prompt that leaves no room', async () => {
    const writer = generator(1, await loadEngine('onnx'))
    const attempt = (prompt: number[]) =>
      writer.complete(weights, [prompt], { ...all, maxTokens: 1, stop: [] }, randoms(1))
    await expect(attempt([])).rejects.toThrow('a prompt needs at least one token')
    await expect(attempt(new Array(context).fill(1))).rejects.toThrow('a prompt of 80 tokens leaves no room')
  })
})
