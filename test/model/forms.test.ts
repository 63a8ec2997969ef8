/** Other forms of one model: writing on from a past, and documents side by side in one row. */

import { describe, expect, test } from 'vitest'
import { pastMask, withPast } from '../../src/model/attention/past.ts'
import { withSegments } from '../../src/model/attention/segments.ts'
import { bind } from '../../src/model/bind.ts'
import { expandComposites } from '../../src/model/gradients/expand.ts'
import { strangeSpec } from '../engine/torch/emit/strange.ts'
import { architecture } from './architecture.ts'
import { expectNear } from './near.ts'
import { ids, weightsOf } from './numbers.ts'
import { type Array64, at, evaluate, make } from './reference.ts'

const vocab = 11
const small = { vocab, dim: 8, layers: 2, heads: 4, context: 8 }
const cases = [
  { name: 'gpt2', graph: architecture('gpt2', small).graph },
  { name: 'llama', graph: architecture('llama', { ...small, kv_heads: 2, hidden: 12 }).graph },
  { name: 'attention of all sorts', graph: strangeSpec('attention of all sorts').graph },
  { name: 'attention within windows', graph: strangeSpec('attention within windows').graph },
  { name: 'earlier tokens', graph: strangeSpec('earlier tokens').graph },
  { name: 'rotary positions of all sorts', graph: strangeSpec('rotary positions of all sorts').graph },
]

describe.each(cases)('$name', ({ graph }) => {
  const places = (batch: number, time: number, from = 0) => make([batch, time], ([, t]) => t! + from)

  test('writes on from a past as if it saw the whole text', () => {
    const [batch, time, past, prompt] = [2, 6, 7, 3]
    const tokens = ids([batch, time], 'tokens', vocab)
    const whole = bind(graph, { batch, time })
    const weights = weightsOf(whole)
    const expected = evaluate(whole, { ...weights, tokens, positions: places(batch, time) }).logits!

    const memory: Record<string, Array64> = {}
    const chunks: Array64[] = []
    // The prompt at once, then token by token.
    for (let from = 0; from < time; from += chunks.at(-1)!.shape[1]!) {
      const length = from === 0 ? prompt : 1
      const step = withPast(bind(graph, { batch, time: length }), past)
      for (const node of step.nodes)
        if (node.op === 'input' && node.attributes.name.startsWith('past.'))
          // Places that are not filled hold anything.
          memory[node.attributes.name] ??= make(node.shape as number[], () => 1e3)
      const mask = Float64Array.from(pastMask(length, past, [from, from]))
      const found = evaluate(step, {
        ...weights,
        ...memory,
        tokens: make([batch, length], ([b, t]) => at(tokens, [b!, from + t!])),
        positions: places(batch, length, from),
        mask: { shape: [batch, 1, length, past + length], data: mask },
      })
      chunks.push(found.logits!)
      for (const [key, before] of Object.entries(memory)) {
        const [, n, what] = key.split('.')
        const fresh = found[`${what}.${n}`]!
        memory[key] = make(before.shape, ([b, g, s, i]) =>
          s! >= from && s! < from + length ? at(fresh, [b!, g!, s! - from, i!]) : at(before, [b!, g!, s!, i!]),
        )
      }
    }
    const written = make(expected.shape, ([b, t, v]) =>
      t! < prompt ? at(chunks[0]!, [b!, t!, v!]) : at(chunks[t! - prompt + 1]!, [b!, 0, v!]),
    )
    expectNear(written, expected, 1e-12, 'logits')
  })

  test('keeps documents in one row apart', () => {
    const [first, second] = [3, 4]
    const time = first + second
    const tokens = ids([1, time], 'packed', vocab)
    const packed = bind(withSegments(graph), { batch: 1, time })
    const weights = weightsOf(packed)
    const feeds = {
      tokens,
      positions: make([1, time], ([, t]) => (t! < first ? t! : t! - first)),
      segments: make([1, time], ([, t]) => (t! < first ? 0 : 1)),
    }
    const together = evaluate(expandComposites(packed), { ...weights, ...feeds }).logits!
    const alone = (from: number, length: number) =>
      evaluate(bind(graph, { batch: 1, time: length }), {
        ...weights,
        tokens: make([1, length], ([, t]) => at(tokens, [0, from + t!])),
        positions: places(1, length),
      }).logits!
    const [a, b] = [alone(0, first), alone(first, second)]
    const expected = make(together.shape, ([, t, v]) => (t! < first ? at(a, [0, t!, v!]) : at(b, [0, t! - first, v!])))
    expectNear(together, expected, 1e-12, 'logits')
  })
})

test('only causal attention can write on', () => {
  const { graph } = architecture('gpt2', { ...small, layers: 1 })
  const nodes = graph.nodes.map((node) =>
    node.op === 'attention' ? { ...node, attributes: { ...node.attributes, causal: false } } : node,
  )
  expect(() => withPast(bind({ ...graph, nodes }, { batch: 1, time: 1 }), 4)).toThrow('causal attention')
})
