/** Shapes: broadcasting against TensorFlow.js, whole graphs of random operations against what they compute, and what is refused. */

import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bind } from '../../src/model/bind.ts'
import { GraphBuilder } from '../../src/model/build.ts'
import type { Graph } from '../../src/model/graph.ts'
import type { Attributes, Dtype, Op, Shape } from '../../src/model/ops.ts'
import { broadcastShapes, ShapeError, shapeRules } from '../../src/model/shape.ts'
import { normals } from './numbers.ts'
import { evaluate } from './reference.ts'

const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 })

test('broadcasting is that of TensorFlow.js', () => {
  const theirs = (a: number[], b: number[]): number[] | undefined => {
    try {
      return tf.broadcast_util.assertAndGetBroadcastShape(a, b)
    } catch {
      return undefined
    }
  }
  const ours = (a: number[], b: number[]): Shape | undefined => {
    try {
      return broadcastShapes(a, b)
    } catch (error) {
      if (error instanceof ShapeError) return undefined
      throw error
    }
  }
  fc.assert(
    fc.property(shape, shape, (a, b) => {
      expect(ours(a, b)).toEqual(theirs(a, b))
    }),
  )
})

test('a symbol fits itself and 1, and nothing else', () => {
  expect(broadcastShapes(['batch', 1, 4], ['time', 4])).toEqual(['batch', 'time', 4])
  expect(() => broadcastShapes(['batch', 4], ['time', 4])).toThrow(
    '[batch, 4] and [time, 4] differ, batch against time',
  )
  expect(() => broadcastShapes(['batch', 4], [3, 4])).toThrow('batch against 3')
})

/** Random operations on [batch, time, 4]: with symbols, and at the same time with their numbers. */
function towers(choices: readonly number[], sizes: Readonly<Record<string, number>>): [Graph, Graph] {
  const [open, direct] = [new GraphBuilder(), new GraphBuilder()]
  const bound = (shape: Shape) => shape.map((dim) => (typeof dim === 'string' ? sizes[dim]! : dim))
  let [x, y] = [
    open.input('x', ['batch', 'time', 4], 'float32'),
    direct.input('x', bound(['batch', 'time', 4]), 'float32'),
  ]
  for (const choice of choices) {
    const at = open.shape(x)
    const rank = at.length
    const numbered = at.findIndex((dim) => typeof dim === 'number')
    type Step = (builder: GraphBuilder, x: number, of: (shape: Shape) => Shape) => number
    const steps: Step[] = [
      (builder, x) => builder.apply('silu', [x], {}),
      (builder, x) => builder.apply('add', [x, builder.apply('mean', [x], { axes: [-1], keep: true })], {}),
      (builder, x) => builder.apply('transpose', [x], { permutation: at.map((_, i) => (i + 1) % rank) }),
      (builder, x, of) => builder.apply('reshape', [x], { shape: of([1, ...at]) }),
      (builder, x, of) => builder.apply('reshape', [x], { shape: of([...at].reverse()) }),
      (builder, x) => builder.apply('matmul', [x, x], { transposeA: false, transposeB: true, alpha: 1 }),
      (builder, x) => builder.apply('softmax', [x], {}),
      (builder, x) => builder.apply('sum', [x], { axes: [0], keep: rank < 4 }),
      (builder, x) => (numbered < 0 ? x : builder.apply('concat', [x, x], { axis: numbered })),
      (builder, x) => (numbered < 0 ? x : builder.apply('slice', [x], { axis: numbered, start: 0, end: 1 })),
    ]
    if (rank === 5 && choice === 3) continue
    x = steps[choice]!(open, x, (shape) => shape)
    y = steps[choice]!(direct, y, bound)
  }
  return [open.finish({ x }), direct.finish({ x: y })]
}

test('a graph with symbols, bound to numbers, is the graph made with these numbers, and computes the shapes it says', () => {
  const choices = fc.array(fc.nat(9), { maxLength: 6 })
  fc.assert(
    fc.property(choices, fc.integer({ min: 2, max: 3 }), fc.integer({ min: 5, max: 6 }), (steps, batch, time) => {
      const [open, direct] = towers(steps, { batch, time })
      const bound = bind(open, { batch, time })
      expect(bound).toEqual(direct)
      // `evaluate` holds each result against the shape that was inferred.
      evaluate(bound, { x: normals([batch, time, 4], 'x') })
    }),
    { numRuns: 100 },
  )
})

describe('refused with both shapes:', () => {
  const typed = (given: Shape, dtype: Dtype = 'float32') => ({ shape: given, dtype })
  const refusal = <K extends Op>(op: K, inputs: ReturnType<typeof typed>[], attributes: Attributes[K]): string => {
    try {
      shapeRules[op](inputs, attributes)
    } catch (error) {
      if (error instanceof ShapeError) return error.message
      throw error
    }
    return 'nothing'
  }
  const plain = { transposeA: false, transposeB: false, alpha: 1 }
  const heads = (count: number) => typed(['batch', count, 'time', 8])

  test('a product', () => {
    expect(refusal('matmul', [typed(['batch', 'time', 64]), typed([32, 64])], plain)).toBe(
      'the product of [batch, time, 64] and [32, 64] sums over 64 against 32',
    )
    expect(refusal('matmul', [typed([2]), typed([2, 3])], plain)).toBe(
      'a product of [2] and [2, 3]: each needs two axes',
    )
  })
  test('a reshape', () => {
    expect(refusal('reshape', [typed(['batch', 'time', 64])], { shape: ['batch', 64] })).toBe(
      '[batch, time, 64] has not as many elements as [batch, 64]',
    )
    expect(refusal('reshape', [typed(['batch', 'time', 64])], { shape: ['time', 2, 'batch', 32] })).toBe('nothing')
  })
  test('heads that are not shared evenly', () => {
    expect(refusal('attention', [heads(6), heads(4), heads(4)], { causal: true, scale: 1 })).toBe(
      '6 heads of queries cannot share 4 heads of keys and values evenly',
    )
    expect(refusal('attention', [heads(6), heads(2), heads(2)], { causal: true, scale: 1 })).toBe('nothing')
  })
  test('an odd head under rotary positions', () => {
    const x = typed(['batch', 2, 'time', 7])
    expect(refusal('rope', [x, typed(['batch', 'time'], 'int32')], { base: 10_000, inverse: false })).toBe(
      'rope turns pairs of numbers, but the size of a head is 7',
    )
  })
  test('gains of another width', () => {
    expect(refusal('layer_norm', [typed(['time', 8]), typed([4])], { epsilon: 0 })).toBe(
      'layer_norm of [time, 8] with gains [4]: 8 are needed',
    )
  })
  test('ids where numbers belong, and numbers where ids belong', () => {
    expect(refusal('add', [typed([2], 'int32'), typed([2])], {})).toBe('numbers are needed, not the ids [2]')
    expect(refusal('gather', [typed([5, 2]), typed([2])], {})).toBe(
      'a table is looked up by ids, not by the numbers [2]',
    )
  })
})

describe('building', () => {
  test('equal operations are merged', () => {
    const builder = new GraphBuilder()
    const x = builder.input('x', [2], 'float32')
    expect(builder.apply('exp', [x], {})).toBe(builder.apply('exp', [x], {}))
    expect(builder.input('x', [2], 'float32')).toBe(x)
  })
  test('operations that no output needs are dropped, and weights stay in the order of their creation', () => {
    const builder = new GraphBuilder()
    const init = { type: 'constant', value: 0 } as const
    const [a, b, c] = ['a', 'b', 'c'].map((name) => builder.weight(name, [2], init, false)) as [number, number, number]
    builder.apply('exp', [b], {})
    const graph = builder.finish({ y: builder.apply('add', [c, a], {}) })
    expect(graph.weights.map((weight) => [weight.name, weight.node])).toEqual([
      ['a', 0],
      ['c', 1],
    ])
    expect(graph.nodes.map((node) => node.op)).toEqual(['weight', 'weight', 'add'])
  })
})
