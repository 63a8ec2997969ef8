/** The analysis calls only causal models causal: when later tokens change, the numbers before them stay the same. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bind } from '../../src/model/bind.ts'
import { GraphBuilder } from '../../src/model/build.ts'
import { lookahead } from '../../src/model/causality.ts'
import { expandComposites } from '../../src/model/gradients/expand.ts'
import type { Op } from '../../src/model/ops.ts'
import { ShapeError } from '../../src/model/shape.ts'
import { architecture } from './architecture.ts'
import { ids, weightsOf } from './numbers.ts'
import { at, evaluate, make } from './reference.ts'

const [batch, time, vocab, dim] = [1, 5, 7, 4]

/** A step of a random graph: an operation, and numbers that choose its inputs and attributes. */
const step = fc.record({
  kind: fc.constantFrom(
    ...(['embed', 'linear', 'product', 'turned', 'attention', 'encoder', 'heads', 'merge', 'transpose'] as const),
    ...(['mask', 'masked', 'scores', 'softmax', 'softmax', 'mix', 'log_softmax', 'exp', 'silu', 'add', 'mul'] as const),
    ...(['div', 'sub', 'sum', 'mean', 'rms_norm', 'rope', 'scaled', 'weight', 'slice', 'concat'] as const),
    ...(['heads', 'biased', 'lifted', 'window', 'keys', 'top_k', 'abs', 'shift'] as const),
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
})

/** Builds the steps whose shapes fit; returns the nodes with the leading axes [batch, time], which could be logits. */
function randomGraph(steps: readonly { kind: string; a: number; b: number }[]) {
  const builder = new GraphBuilder()
  const tokens = builder.input('tokens', ['batch', 'time'], 'int32')
  const positions = builder.input('positions', ['batch', 'time'], 'int32')
  const made: number[] = []
  let weights = 0
  const weight = (...shape: number[]) =>
    builder.weight(`w${weights++}`, shape, { type: 'normal', deviation: 0.5 }, false)
  made.push(builder.apply('gather', [weight(vocab, dim), tokens], {}))
  for (const { kind, a, b } of steps) {
    // Late nodes are chosen more often, so that chains grow long.
    const pick = (n: number) => made[made.length - 1 - Math.floor(((n % 100) / 100) ** 2 * made.length)]!
    const [x, y] = [pick(a), pick(b)]
    const last = builder.shape(x).at(-1)
    const apply = (op: Op, inputs: readonly number[], attributes: object = {}) =>
      builder.apply(op, inputs, attributes as never)
    const product = (transposeB: boolean) => apply('matmul', [x, y], { transposeA: a % 7 === 0, transposeB, alpha: 1 })
    const heads = () =>
      apply('transpose', [apply('reshape', [x], { shape: ['batch', 'time', 2, 2] })], { permutation: [0, 2, 1, 3] })
    const makers: Readonly<Record<string, () => number>> = {
      embed: () => apply('gather', [weight(vocab, dim), tokens]),
      linear: () =>
        apply('matmul', [x, weight(dim, last as number)], { transposeA: false, transposeB: true, alpha: 1 }),
      product: () => product(false),
      turned: () => product(true),
      attention: () => apply('attention', [x, y, pick(a + b)], { causal: true, scale: 1 }),
      biased: () => apply('attention', [x, x, y, pick(a + b)], { causal: b % 3 > 0, scale: 1, cap: 3, bias: true }),
      lifted: () =>
        apply('attention', [x, x, y, apply('mul', [pick(a + b), builder.constant(1e12)])], {
          causal: true,
          scale: 1,
          bias: true,
        }),
      window: () => apply('attention', [x, x, y], { causal: true, scale: 1, window: 1 + (a % 3) }),
      top_k: () => apply('top_k', [x], { k: 1 + (a % 2) }),
      shift: () => apply('shift', [x, positions], { by: 1 + (a % 3) }),
      abs: () => apply('abs', [x]),
      keys: () => apply('position_grid', [positions], { of: 'keys', past: 0 }),
      encoder: () => apply('attention', [x, y, y], { causal: false, scale: 1 }),
      heads,
      merge: () =>
        apply('reshape', [apply('transpose', [x], { permutation: [0, 2, 1, 3] })], { shape: ['batch', 'time', dim] }),
      transpose: () => {
        const rank = builder.shape(x).length
        const order = Array.from({ length: rank }, (_, i) => i)
        const [i, j] = [a % rank, b % rank]
        ;[order[i], order[j]] = [order[j]!, order[i]!]
        return apply('transpose', [x], { permutation: order })
      },
      mask: () => apply('causal_mask', [], { size: 'time' }),
      masked: () => apply('add', [x, apply('causal_mask', [], { size: 'time' })]),
      scores: () =>
        apply('add', [
          apply('matmul', [x, y], { transposeA: false, transposeB: true, alpha: 1 }),
          apply('causal_mask', [], { size: 'time' }),
        ]),
      mix: () => apply('matmul', [apply('softmax', [x]), y], { transposeA: false, transposeB: false, alpha: 1 }),
      softmax: () => apply('softmax', [x]),
      log_softmax: () => apply('log_softmax', [x]),
      exp: () => apply('exp', [x]),
      silu: () => apply('silu', [x]),
      add: () => apply('add', [x, y]),
      mul: () => apply('mul', [x, y]),
      div: () => apply('div', [x, builder.constant(1.5)]),
      sub: () => apply('sub', [x, y]),
      scaled: () => apply('mul', [x, builder.constant(a % 2 === 0 ? 0.5 : -0.5)]),
      sum: () => apply('sum', [x], { axes: [-1 - (a % 2)], keep: b % 2 === 0 }),
      mean: () => apply('mean', [x], { axes: [-1 - (a % 2)], keep: b % 2 === 0 }),
      rms_norm: () => apply('rms_norm', [x, weight(last as number)], { epsilon: 1e-5 }),
      rope: () => apply('rope', [x, positions], { base: 10_000, inverse: false }),
      weight: () => weight(dim, dim),
      slice: () => apply('slice', [x], { axis: a % 4, start: 1, end: 2 }),
      concat: () => apply('concat', [x, y], { axis: b % 4 }),
    }
    try {
      if (typeof last !== 'number' && ['linear', 'rms_norm'].includes(kind)) continue
      made.push(makers[kind]!())
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
    }
  }
  const results = made.filter((node) => builder.shape(node).slice(0, 2).join() === 'batch,time')
  return { builder, results }
}

/** Whether the numbers at positions before the last two change when the tokens of those two change. */
function sees(builder: GraphBuilder, node: number): boolean {
  const graph = bind(builder.finish({ logits: node }), { batch, time })
  const tokens = ids([batch, time], 'tokens', vocab)
  const changed = make([batch, time], ([b, t]) =>
    t! < time - 2 ? at(tokens, [b!, t!]) : (at(tokens, [b!, t!]) + 3) % vocab,
  )
  const feeds = { ...weightsOf(graph), positions: make([batch, time], ([, t]) => t!) }
  const before = evaluate(graph, { ...feeds, tokens }).logits!
  const after = evaluate(graph, { ...feeds, tokens: changed }).logits!
  const rows = before.data.length / time
  for (let i = 0; i < rows * (time - 2); i++) {
    const [x, y] = [before.data[i]!, after.data[i]!]
    if (Number.isFinite(x) && Number.isFinite(y) && Math.abs(x - y) > 1e-9 * (Math.abs(x) + Math.abs(y))) return true
  }
  return false
}

test('no graph that the analysis calls causal sees later tokens', () => {
  const counts = { causal: 0, masked: 0, ahead: 0 }
  fc.assert(
    fc.property(fc.array(step, { minLength: 4, maxLength: 24 }), (steps) => {
      const { builder, results } = randomGraph(steps)
      const logits = results.at(-1)!
      const graph = builder.finish({ logits })
      const causal = lookahead(graph.nodes, graph.outputs.logits!) === undefined
      if (!causal) {
        counts.ahead++
        return
      }
      counts.causal++
      if (graph.nodes.some(({ op }) => op === 'causal_mask')) counts.masked++
      expect(sees(builder, logits)).toBe(false)
    }),
    { numRuns: 3000, seed: 8 },
  )
  // The property says something only if there were many graphs of each sort.
  expect(counts.causal).toBeGreaterThan(300)
  expect(counts.masked).toBeGreaterThan(20)
  expect(counts.ahead).toBeGreaterThan(100)
})

test.each([1e12, -1e12])('a bias of %d for each position between a key and its query shows no later token', (slope) => {
  const builder = new GraphBuilder()
  const tokens = builder.input('tokens', ['batch', 'time'], 'int32')
  const positions = builder.input('positions', ['batch', 'time'], 'int32')
  const table = builder.weight('table', [vocab, dim], { type: 'normal', deviation: 1 }, false)
  const x = builder.apply('gather', [table, tokens], {})
  const heads = builder.apply('reshape', [x], { shape: ['batch', 1, 'time', dim] })
  const [queries, keys] = (['queries', 'keys'] as const).map((of) =>
    builder.apply('position_grid', [positions], { of, past: 0 }),
  ) as [number, number]
  const distance = builder.apply('sub', [keys, queries], {})
  const bias = builder.apply('mul', [distance, builder.constant(slope)], {})
  const attributes = { causal: true, scale: 1, bias: true } as const
  const mixed = builder.apply('attention', [heads, heads, heads, bias], attributes)
  const logits = builder.apply('reshape', [mixed], { shape: ['batch', 'time', dim] })
  // Written out, as engines compute it: the mask is added, and a bias could lift what it hides.
  const graph = expandComposites(bind(builder.finish({ logits }), { batch, time }))
  const feeds = { ...weightsOf(graph), positions: make([batch, time], ([, t]) => t!) }
  const of = (last: number) =>
    evaluate(graph, { ...feeds, tokens: make([batch, time], ([, t]) => (t === 4 ? last : t!)) })
  const rows = (last: number) => [...of(last).logits!.data].slice(0, (time - 1) * dim)
  expect(rows(6)).toEqual(rows(5))
})

describe('attention by hand', () => {
  const build = (finish: (b: GraphBuilder, scores: number, x: number) => number) => {
    const b = new GraphBuilder()
    const tokens = b.input('tokens', ['batch', 'time'], 'int32')
    const table = b.weight('table', [vocab, dim], { type: 'normal', deviation: 1 }, false)
    const x = b.apply('gather', [table, tokens], {})
    const scores = b.apply('matmul', [x, x], { transposeA: false, transposeB: true, alpha: 0.5 })
    const logits = finish(b, scores, x)
    const graph = b.finish({ logits })
    const found = lookahead(graph.nodes, graph.outputs.logits!)
    return found === undefined ? undefined : graph.nodes[found]!.op
  }
  const plain = { transposeA: false, transposeB: false, alpha: 1 }

  test('is causal with the mask before softmax', () => {
    expect(
      build((b, scores, x) => {
        const masked = b.apply('add', [scores, b.apply('causal_mask', [], { size: 'time' })], {})
        return b.apply('matmul', [b.apply('softmax', [masked], {}), x], plain)
      }),
    ).toBeUndefined()
  })

  test('is causal with softmax written as exponents over their sum', () => {
    expect(
      build((b, scores, x) => {
        const exp = b.apply('exp', [b.apply('add', [scores, b.apply('causal_mask', [], { size: 'time' })], {})], {})
        const sum = b.apply('sum', [exp], { axes: [-1], keep: true })
        return b.apply('matmul', [b.apply('div', [exp, sum], {}), x], plain)
      }),
    ).toBeUndefined()
  })

  test('looks ahead without a mask, at softmax', () => {
    expect(build((b, scores, x) => b.apply('matmul', [b.apply('softmax', [scores], {}), x], plain))).toBe('softmax')
  })

  test('looks ahead with a mask that is added after softmax', () => {
    expect(
      build((b, scores, x) => {
        const late = b.apply(
          'add',
          [b.apply('softmax', [scores], {}), b.apply('causal_mask', [], { size: 'time' })],
          {},
        )
        return b.apply('matmul', [late, x], plain)
      }),
    ).toBe('softmax')
  })

  test('looks ahead with the mask the wrong way round', () => {
    expect(
      build((b, scores, x) => {
        const mask = b.apply('transpose', [b.apply('causal_mask', [], { size: 'time' })], { permutation: [1, 0] })
        return b.apply('matmul', [b.apply('softmax', [b.apply('add', [scores, mask], {})], {}), x], plain)
      }),
    ).toBe('softmax')
  })

  test('looks ahead without softmax at all', () => {
    expect(build((b, scores, x) => b.apply('matmul', [scores, x], plain))).toBe('matmul')
  })
})

test.each(['gpt2', 'llama', 'llama3', 'mistral', 'qwen2', 'qwen3', 'olmo2', 'olmo3', 'smollm3', 'gemma2', 'gemma3'])(
  '%s of std.models is causal',
  (name) => {
    const { graph } = architecture(name, { vocab: 11, dim: 8, layers: 2, heads: 2, context: 8 })
    expect(lookahead(graph.nodes, graph.outputs.logits!)).toBeUndefined()
  },
)
