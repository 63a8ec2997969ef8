/** A mixture of experts computes the sum of the experts that a router chose, as if each token had been sent to those only. */

import { expect, test } from 'vitest'
import { bind } from '../../src/model/bind.ts'
import { strangeSpec } from '../engine/torch/emit/strange.ts'
import { expectNear } from './near.ts'
import { ids, weightsOf } from './numbers.ts'
import { type Array64, at, evaluate, make } from './reference.ts'

const [batch, time, dim, experts, top, hidden, vocab] = [2, 5, 8, 5, 2, 12, 11]

const dot = (weight: Array64, row: readonly number[], ...leading: number[]) =>
  row.reduce((sum, x, i) => sum + x * at(weight, [...leading, i]), 0)
const rows = (weight: Array64, row: readonly number[], out: number, ...leading: number[]) =>
  Array.from({ length: out }, (_, o) => dot(weight, row, ...leading, o))

/** The mixture of one layer for one token, which visits the chosen experts and no others. */
function mixture(weight: (name: string) => Array64, row: readonly number[]): number[] {
  const scores = rows(weight('linear'), row, experts)
  const chosen = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, top)
  const exps = chosen.map((e) => Math.exp(scores[e]!))
  const all = exps.reduce((sum, x) => sum + x, 0)
  const result = Array.from({ length: dim }, () => 0)
  for (const [n, e] of chosen.entries()) {
    const gate = rows(weight('gate'), row, hidden, e)
    const up = rows(weight('up'), row, hidden, e)
    const inner = gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!)
    for (const [o, y] of rows(weight('down'), inner, dim, e).entries()) result[o]! += (exps[n]! / all) * y
  }
  return result
}

test('a mixture of experts is the weighted sum of the chosen experts', () => {
  const graph = bind(strangeSpec('a mixture of experts').graph, { batch, time })
  const weights = weightsOf(graph)
  const tokens = ids([batch, time], 'tokens', vocab)
  const found = evaluate(graph, { ...weights, tokens }).logits!
  expect(weights['repeat.0.mixture.gate.weight']!.shape).toEqual([experts, hidden, dim])
  expect(weights['repeat.0.mixture.down.weight']!.shape).toEqual([experts, dim, hidden])

  const logits = (token: number): number[] => {
    let x = Array.from({ length: dim }, (_, i) => at(weights['embedding.weight'] ?? weights['x.weight']!, [token, i]))
    for (let layer = 0; layer < 2; layer++) {
      const path = `repeat.${layer}`
      const gain = weights[`${path}.rms_norm.weight`]!
      const scale = 1 / Math.sqrt(x.reduce((sum, each) => sum + each * each, 0) / dim + 1e-5)
      const normal = x.map((each, i) => each * scale * gain.data[i]!)
      const own = mixture(
        (name) => weights[`${path}.mixture.${name === 'linear' ? 'probabilities' : name}.weight`]!,
        normal,
      )
      x = x.map((each, i) => each + own[i]!)
    }
    return rows(weights['linear.weight']!, x, vocab).map((z) => 5 * Math.tanh(z / 5))
  }
  const expected = make([batch, time, vocab], ([b, t, v]) => logits(at(tokens, [b!, t!]))[v!]!)
  expectNear(found, expected, 1e-12, 'logits')
})
