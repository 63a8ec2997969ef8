/** The gradient of every operation: against finite differences in float64, and against TensorFlow.js's. */

import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../src/model/build.ts'
import { differentiate } from '../../src/model/gradients/differentiate.ts'
import { gradientRules } from '../../src/model/gradients/gradients.ts'
import type { Graph } from '../../src/model/graph.ts'
import type { Attributes, Op } from '../../src/model/ops.ts'
import { printGraph } from '../../src/model/print.ts'
import { expectGolden } from '../golden-text.ts'
import { type GradientCase, gradientCases } from './gradient-cases.ts'
import { expectNear } from './near.ts'
import { normals } from './numbers.ts'
import { type Array64, evaluate } from './reference.ts'
import { gradientsBy, tensorOf } from './tensorflow.ts'

/** A graph whose loss is the operation's result, weighted at random and summed; its numbers are the weights w0, w1, … */
function graphOf(
  op: Op,
  { inputs, attributes }: GradientCase<Attributes[Op]>,
): { graph: Graph; feeds: Record<string, Array64> } {
  const builder = new GraphBuilder()
  const feeds: Record<string, Array64> = {}
  const nodes = inputs.map((input, i) => {
    if ('ids' in input) {
      feeds[`ids${i}`] = input.ids
      return builder.input(`ids${i}`, input.ids.shape, op === 'dropout' ? 'float32' : 'int32')
    }
    feeds[`w${i}`] = input
    return builder.weight(`w${i}`, input.shape, { type: 'constant', value: 0 }, false)
  })
  const result = builder.apply(op, nodes, attributes as never)
  const shape = builder.shape(result) as number[]
  feeds.share = normals(shape, 'share')
  const weighted = builder.apply('mul', [result, builder.input('share', shape, 'float32')], {})
  const loss = builder.apply('sum', [weighted], { axes: shape.map((_, i) => i), keep: false })
  return { graph: builder.finish({ loss, result }), feeds }
}

/** (f(x + h) − f(x − h)) / 2h at each place of the feed `name`. */
function differences(graph: Graph, feeds: Record<string, Array64>, name: string): Array64 {
  const h = 1e-5
  const { shape, data } = feeds[name]!
  const shifted = (i: number, by: number) => {
    const moved = Float64Array.from(data)
    moved[i] = moved[i]! + by
    return evaluate(graph, { ...feeds, [name]: { shape, data: moved } }).loss!.data[0]!
  }
  return { shape, data: data.map((_, i) => (shifted(i, h) - shifted(i, -h)) / (2 * h)) }
}

const all = Object.entries(gradientCases).flatMap(([op, cases]) =>
  cases.map((each, i) => ({
    name: cases.length > 1 ? `${op} ${i + 1}` : op,
    op: op as Op,
    case: each as GradientCase<Attributes[Op]>,
  })),
)

describe('the gradient of', () => {
  test.each(all)('$name', ({ op, case: each }) => {
    const { graph, feeds } = graphOf(op, each)
    const found = evaluate(differentiate(graph), feeds)
    const numbers = each.inputs.flatMap((input, i) => ('ids' in input ? [] : [i]))
    const theirs = gradientsBy(
      (...tensors) => {
        const inputs = each.inputs.map((input, i) =>
          'ids' in input ? tensorOf(input.ids) : tensors[numbers.indexOf(i)]!,
        )
        return each
          .tfjs(...inputs)
          .mul(tensorOf(feeds.share!))
          .sum()
      },
      numbers.map((i) => feeds[`w${i}`]!),
    )
    for (const [k, i] of numbers.entries()) {
      const ours = found[`grad:w${i}`]!
      expectNear(ours, differences(graph, feeds, `w${i}`), 1e-7, `${op}, input ${i}, finite differences`)
      expectNear(ours, theirs[k]!, 1e-4, `${op}, input ${i}, TensorFlow.js`)
    }
    // Writing attention out changes nothing.
    expectNear(found.loss!, evaluate(graph, feeds).loss!, 1e-12, 'the loss')
  })

  test('the gradient of `greater` is 0 everywhere', () => {
    const inputs = [normals([4], 'a'), normals([4], 'b')]
    const { graph } = graphOf('greater', { inputs, attributes: {}, tfjs: (x) => x })
    expect(Object.keys(differentiate(graph).outputs)).toEqual(['loss', 'result'])
  })
})

test('every operation with a gradient has a case', () => {
  const leaves = ['input', 'weight', 'constant', 'causal_mask', 'segment_mask', 'position_grid', 'greater', 'top_k']
  expect(Object.keys(gradientRules).sort()).toEqual([...leaves, ...Object.keys(gradientCases)].sort())
})

describe('a weight', () => {
  const sum = (builder: GraphBuilder, node: number) =>
    builder.apply('sum', [node], { axes: builder.shape(node).map((_, i) => i), keep: false })
  const zero = { type: 'constant', value: 0 } as const

  test('a weight that is used twice gets the sum of both gradients', () => {
    const builder = new GraphBuilder()
    const w = builder.weight('w', [3], zero, false)
    const loss = sum(builder, builder.apply('add', [builder.apply('mul', [w, w], {}), w], {}))
    const feeds = { w: normals([3], 'w') }
    const found = evaluate(differentiate(builder.finish({ loss })), feeds)['grad:w']!
    expectNear(found, { shape: [3], data: feeds.w.data.map((x) => 2 * x + 1) }, 1e-12, 'w² + w')
  })

  test('a weight whose gradient is not requested gets none, and nothing is computed for it', () => {
    const builder = new GraphBuilder()
    const [a, b] = ['a', 'b'].map((name) => builder.weight(name, [3, 3], zero, true)) as [number, number]
    const plain = { transposeA: false, transposeB: false, alpha: 1 }
    const graph = builder.finish({ loss: sum(builder, builder.apply('matmul', [a, b], plain)) })
    const one = differentiate(graph, 'loss', (name) => name === 'b')
    expect(Object.keys(one.outputs)).toEqual(['loss', 'grad:b'])
    const products = (each: Graph) => each.nodes.filter((node) => node.op === 'matmul').length
    expect([products(differentiate(graph)), products(one)]).toEqual([3, 2])
  })

  test('a weight that the loss does not depend on has no gradient', () => {
    const builder = new GraphBuilder()
    const w = builder.weight('w', [3], zero, false)
    const loss = sum(builder, builder.weight('v', [2], zero, false))
    expect(Object.keys(differentiate(builder.finish({ loss, w })).outputs)).toEqual(['loss', 'w', 'grad:v'])
  })
})

test('only a scalar is differentiated', () => {
  const builder = new GraphBuilder()
  const loss = builder.weight('w', [3], { type: 'constant', value: 0 }, false)
  expect(() => differentiate(builder.finish({ loss }))).toThrow('a gradient is of a scalar, but `loss` is [3]')
})

test('the graph of every gradient prints as it did', () => {
  const texts = Object.entries(gradientCases).flatMap(([op, cases]) =>
    (cases as readonly GradientCase<Attributes[Op]>[]).map((each, i) => {
      const { graph } = graphOf(op as Op, each)
      return `== ${op} ${i}\n${printGraph(differentiate(graph))}`
    }),
  )
  expectGolden('test/model/golden/gradients.txt', texts.join('\n'))
})
