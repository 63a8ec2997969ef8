/** Loss terms of a model: what is added to the cross entropy, whatever the batches are divided into. */

import { describe, expect, test } from 'vitest'
import { bind } from '../../src/model/bind.ts'
import { withOutputs } from '../../src/model/training/heads.ts'
import { lossTerms, withCrossEntropy } from '../../src/model/training/loss.ts'
import { strangeSpec } from '../engine/torch/emit/strange.ts'
import { ids, weightsOf } from './numbers.ts'
import { type Array64, at, evaluate, make } from './reference.ts'

const { graph } = strangeSpec('loss terms')
const [batch, time, vocab] = [4, 5, 11]
const feeds = {
  tokens: ids([batch, time], 'tokens', vocab),
  targets: ids([batch, time], 'targets', vocab),
  counts: make([batch, time], ([b, t]) => Number(b! + t! !== 4)),
}
const total: Array64 = { shape: [], data: Float64Array.of(16) }
const bound = (rows: number) => bind(graph, { batch: rows, time })
const weights = weightsOf(bound(batch))
const lossOf = (rows: number, given: Record<string, Array64>) =>
  evaluate(withCrossEntropy(bound(rows)), { ...weights, ...given, total })

test('the names of the terms are those of the architecture', () => {
  expect(lossTerms(graph)).toEqual(['z_loss', 'balance'])
})

describe('the loss', () => {
  const outputs = lossOf(batch, feeds)
  const value = (name: string) => outputs[name]!.data[0]!

  test('is the cross entropy and the terms', () => {
    const plain = evaluate(withCrossEntropy(withOutputs(bound(batch), ['logits'])), { ...weights, ...feeds, total })
    expect(Object.keys(plain)).toEqual(['loss', 'logProbabilities'])
    expect(value('crossEntropy')).toBeCloseTo(plain.loss!.data[0]!, 12)
    expect(value('loss')).toBeCloseTo(value('crossEntropy') + value('term:z_loss') + value('term:balance'), 12)
  })

  test('has the z-loss and the balance of both routers, by their definitions', () => {
    const learned = make([batch, time], ([b, t]) => at(feeds.counts, [b!, t!]))
    let [x, z, balance] = [embedded(), 0, 0]
    for (let layer = 0; layer < 2; layer++) {
      const matrix = weights[`repeat.${layer}.router.weight`]!
      const scores = x.map((row) => [0, 1, 2, 3].map((e) => row.reduce((sum, v, i) => sum + v * at(matrix, [e, i]), 0)))
      const probabilities = scores.map((row) => row.map((s) => Math.exp(s) / sum(row.map(Math.exp))))
      const chosen = probabilities.map((row) => row.map((p) => Number(row.filter((other) => other > p).length < 2)))
      for (const [i, row] of scores.entries()) z += 0.01 * learned.data[i]! * Math.log(sum(row.map(Math.exp))) ** 2
      for (let b = 0; b < batch; b++) {
        const places = Array.from({ length: time }, (_, t) => b * time + t)
        const mean = (of: readonly number[][], e: number) => sum(places.map((i) => of[i]![e]!)) / time
        const own = 4 * sum([0, 1, 2, 3].map((e) => mean(chosen, e) * mean(probabilities, e)))
        balance += 0.1 * own * sum(places.map((i) => learned.data[i]!))
      }
      const out = weights[`repeat.${layer}.mixed.weight`]!
      const mixed = probabilities.map((row, i) => row.map((p, e) => p * chosen[i]![e]!))
      x = x.map((row, i) => row.map((v, o) => v + sum(mixed[i]!.map((m, e) => m * at(out, [o, e])))))
    }
    expect(value('term:z_loss')).toBeCloseTo(z / 16, 12)
    expect(value('term:balance')).toBeCloseTo(balance / 16, 12)
  })

  test('is the sum of the losses of any parts of the batch', () => {
    const part = (from: number, rows: number) =>
      Object.fromEntries(
        Object.entries(feeds).map(([name, all]) => [name, make([rows, time], ([b, t]) => at(all, [b! + from, t!]))]),
      )
    for (const sizes of [
      [2, 2],
      [1, 3],
      [1, 1, 1, 1],
    ]) {
      let from = 0
      let found = 0
      for (const rows of sizes) {
        found += lossOf(rows, part(from, rows)).loss!.data[0]!
        from += rows
      }
      expect(found).toBeCloseTo(value('loss'), 12)
    }
  })
})

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)

function embedded(): number[][] {
  const table = weights['x.weight']!
  return [...feeds.tokens.data].map((token) => Array.from({ length: 8 }, (_, i) => at(table, [token, i])))
}
