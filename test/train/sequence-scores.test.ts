/** Log-probabilities of sequences, against those of TensorFlow.js one sequence at a time; how rows are filled. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/engine/engine.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { bind } from '../../src/model/bind.ts'
import { widthToFill } from '../../src/train/batches/packed.ts'
import { fillRows, rowsFor, rowsInMemory, rowsOfLargest, unitsInBatches } from '../../src/train/batches/rows.ts'
import { SequenceScorer } from '../../src/train/scores/sequence-scores.ts'
import { architecture } from '../model/architecture.ts'
import { randomWeights } from './random-weights.ts'

const vocab = 11
const model = architecture('llama', { vocab, dim: 16, layers: 2, heads: 2, context: 12 })
const weights = randomWeights(model, vocab)

/** log softmax(logits / temperature) of each next token, worked out here from the logits of TensorFlow.js. */
async function expected(sequence: readonly number[], temperature: number): Promise<number[]> {
  const time = sequence.length - 1
  if (time < 1) return []
  const engine = await loadEngine('tfjs')
  const executable = await engine.compile(bind(model.graph, { batch: 1, time, vocab }), { threads: 1 })
  const ints = (values: readonly number[]): Tensor => ({
    dtype: 'int32',
    shape: [1, time],
    data: Int32Array.from(values),
  })
  const places = Array.from({ length: time }, (_, t) => t)
  const { logits } = await executable.run({
    ...weights,
    tokens: ints(sequence.slice(0, -1)),
    positions: ints(places),
  })
  await executable.dispose()
  return places.map((t) => {
    const row = [...logits!.data.subarray(t * vocab, (t + 1) * vocab)].map((logit) => logit / temperature)
    const highest = Math.max(...row)
    return row[sequence[t + 1]!]! - highest - Math.log(row.reduce((sum, x) => sum + Math.exp(x - highest), 0))
  })
}

describe('log-probabilities of sequences', () => {
  const sequences = [
    [1, 2, 3, 4, 5],
    [7],
    [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 1],
    [3, 3],
    [],
    [5, 1, 5, 1],
    [2, 4, 6],
  ]

  for (const temperature of [1, 0.7])
    it(`are those of each sequence by itself, at temperature ${temperature}`, async () => {
      const engine = await loadEngine('onnx')
      const scorer = await SequenceScorer.compile(engine, model, { vocab, rows: 2, time: 12, threads: 1 })
      const scores = await scorer.logProbabilities(weights, sequences, temperature)
      await scorer.dispose()
      for (const [i, sequence] of sequences.entries()) {
        const want = await expected(sequence, temperature)
        expect(scores[i]!.length).toBe(want.length)
        for (const [t, score] of want.entries()) expect(scores[i]![t]).toBeCloseTo(score, 4)
      }
    })

  it('are of no sequence longer than a row', async () => {
    const engine = await loadEngine('onnx')
    const scorer = await SequenceScorer.compile(engine, model, { vocab, rows: 2, time: 4, threads: 1 })
    await expect(scorer.logProbabilities(weights, [[1, 2, 3, 4, 5, 6]])).rejects.toThrow('does not fit a row of 4')
    await scorer.dispose()
  })
})

describe('rows', () => {
  it('hold every sequence once, none beyond its width, and no two that one row would hold', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 40 }), (lengths) => {
        const rows = fillRows(lengths, 20)
        const used = rows.map((row) => row.reduce((sum, i) => sum + lengths[i]!, 0))
        expect(Math.max(0, ...used)).toBeLessThanOrEqual(20)
        const there = rows.flat().sort((a, b) => a - b)
        expect(there).toEqual([...lengths.keys()].filter((i) => lengths[i]! > 0))
        const total = lengths.reduce((sum, length) => sum + length, 0)
        // Two rows in a row hold more than one row together: at most twice the rows that are needed, and one.
        expect(rows.length).toBeLessThanOrEqual(2 * Math.ceil(total / 20) + 1)
      }),
    )
  })

  it('are as wide as their sequences fill best', () => {
    const eight = (length: number) => Array.from({ length: 8 }, () => length)
    // Two of 268 do not fit 512; three of 170 do.
    expect(widthToFill(eight(268), 268, 8192)).toBe(320)
    expect(widthToFill([300, ...eight(170), ...eight(170)], 300, 8192)).toBe(512)
    expect(widthToFill(eight(510), 510, 8192)).toBe(512)
    expect(widthToFill(eight(90), 90, 8192)).toBe(128)
    expect(widthToFill(eight(268), 268, 300)).toBe(300)
  })

  it('are at most as many as fit the memory of a batch, independent of the machine, and at least one', () => {
    const gigabytes = (each: number) => (rows: number) => 1e8 + rows * each * 2 ** 30
    expect([0.1, 0.5, 1.2, 40].map((each) => rowsInMemory(gigabytes(each)))).toEqual([8, 6, 2, 1])
    const limits = { rows: 64, bytes: 20 * 2 ** 30 }
    expect([0.1, 0.5, 1.2, 40].map((each) => rowsInMemory(gigabytes(each), limits))).toEqual([64, 40, 16, 1])
  })

  it('are enough for the largest ranking, even beyond that memory', () => {
    const pair = [12, 15]
    const five = [12, 15, 11, 20, 3]
    expect(rowsOfLargest([pair, five], 20)).toBe(4)
    expect(rowsFor([[pair, pair, pair]], 20, { min: 4, max: 2 })).toBe(4)
    // Three pairs in batches of two rows, one after the other, or in one of six.
    expect(rowsFor([[pair, pair, pair]], 20, { min: 2, max: 2 })).toBe(2)
    expect(rowsFor([[pair, pair, pair]], 20, { min: 2, max: 8 })).toBe(6)
  })

  it('are as many as compute the least', () => {
    const group = (count: number, length: number) => Array.from({ length: count }, () => [length])
    const max = 8
    // Four sequences of half a row: one batch of two rows.
    expect(rowsFor([group(4, 10)], 20, { max })).toBe(2)
    // Sixteen that share no row: two batches of eight rows are less than sixteen of one.
    expect(rowsFor([group(16, 11)], 20, { max })).toBe(8)
    // One group of five rows among many of two: that one in three batches, and no batch of five for the others.
    expect(rowsFor([group(5, 15), ...Array.from({ length: 20 }, () => group(2, 15))], 20, { max })).toBe(2)
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), { minLength: 1 }),
        (lengths) => {
          const groups = lengths.map((group) => group.map((length) => [length]))
          const cost = (rows: number) =>
            groups.map((each) => (rows + 1) * unitsInBatches(each, rows, 20).length).reduce((a, b) => a + b)
          const best = cost(rowsFor(groups, 20, { max }))
          for (let rows = 1; rows <= 8; rows++) expect(best).toBeLessThanOrEqual(cost(rows))
        },
      ),
    )
  })
})
