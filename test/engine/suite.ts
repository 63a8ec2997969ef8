/** The suite that every engine has to pass; each engine's test file is a line over it. */

import { beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../../src/core/values/random.ts'
import type { Engine, Tensor } from '../../src/engine/engine.ts'
import { GraphBuilder } from '../../src/model/build.ts'
import type { Graph } from '../../src/model/graph.ts'
import type { Attributes, Op } from '../../src/model/ops.ts'
import { numeric, sizeOf } from '../../src/model/shape.ts'
import { type Case, cases, type Operand } from './cases.ts'
import { reference } from './reference.ts'

const threads = 1

/** A tensor of random numbers, always the same for one `name`. */
export function random(operand: Operand, name: string): Tensor {
  const { shape, of } = operand
  const draw = new Random(1, name)
  const length = sizeOf(shape)
  if (typeof of === 'object')
    return { dtype: 'int32', shape, data: Int32Array.from({ length }, () => draw.below(of.below)) }
  const one = { normal: () => draw.normal(), positive: () => 0.1 + draw.uniform(), bits: () => draw.below(2) }
  return { dtype: 'float32', shape, data: Float32Array.from({ length }, one[of ?? 'normal']) }
}

/** The largest difference of two tensors, divided by the largest number in the second, or by `least` if all are smaller. */
export function difference(got: ArrayLike<number>, expected: ArrayLike<number>, least = 1e-6): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(got[i]! - expected[i]!)
    largest = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(largest, error)
  }
  return largest / Math.max(least, largestOf(expected))
}

export function largestOf(values: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!))
  return largest
}

function graphOf(op: Op, { inputs, attributes }: Case<Op>): Graph {
  const builder = new GraphBuilder()
  const nodes = inputs.map(({ shape, of }, i) =>
    builder.input(`x${i}`, shape, typeof of === 'object' ? 'int32' : 'float32'),
  )
  return builder.finish({ y: builder.apply(op, nodes, attributes as Attributes[Op]) })
}

const describeCase = ({ inputs, attributes }: Case<Op>) =>
  `${inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' ')} ${JSON.stringify(attributes)}`

/** x·w + b, and its sum. */
function affine(): Graph {
  const builder = new GraphBuilder()
  const x = builder.input('x', [2, 3], 'float32')
  const w = builder.weight('w', [4, 3], { type: 'constant', value: 0 }, true)
  const b = builder.weight('b', [4], { type: 'constant', value: 0 }, false)
  const product = builder.apply('matmul', [x, w], { transposeA: false, transposeB: true, alpha: 1 })
  const y = builder.apply('add', [product, b], {})
  return builder.finish({ y, sum: builder.apply('sum', [y], { axes: [0, 1], keep: false }) })
}

export function engineSuite(load: () => Promise<Engine>): void {
  let engine: Engine
  beforeAll(async () => {
    engine = await load()
  })

  /** Computes a graph once. */
  async function once(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
    const executable = await engine.compile(graph, { threads })
    try {
      return await executable.run(feeds)
    } finally {
      await executable.dispose()
    }
  }

  describe.each(Object.keys(cases) as (keyof typeof cases)[])('%s', (op) => {
    test.each(cases[op].map((each) => [describeCase(each as Case<Op>), each] as const))('%s', async (_, each) => {
      const graph = graphOf(op, each as Case<Op>)
      const inputs = each.inputs.map((operand, i) => random(operand, `${op} ${i}`))
      const shape = graph.nodes[graph.outputs.y!]!.shape.map(numeric)
      const rule = reference[op] as (
        inputs: readonly object[],
        attributes: object,
        shape: readonly number[],
      ) => number[]
      const plain = inputs.map((input) => ({ shape: input.shape, data: Array.from(input.data) }))
      const expected = rule(plain, each.attributes, shape)
      const { y } = await once(graph, Object.fromEntries(inputs.map((input, i) => [`x${i}`, input])))
      expect(y!.shape).toEqual(shape)
      expect(y!.dtype).toBe(graph.nodes[graph.outputs.y!]!.dtype)
      expect(difference(y!.data, expected)).toBeLessThan(5e-6)
    })
  })

  describe('memory', () => {
    const x: Tensor = { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }
    // w and b stand in one array, as weights do in training.
    const flat = Float32Array.of(9, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 10, 20, 30, 40, 9)
    const feeds: Record<string, Tensor> = {
      x,
      w: { dtype: 'float32', shape: [4, 3], data: flat.subarray(1, 13) },
      b: { dtype: 'float32', shape: [4], data: flat.subarray(13, 17) },
    }
    const y = [11, 22, 33, 46, 14, 25, 36, 55]

    test('feeds are read where they stand, and outputs are written where they are wanted', async () => {
      const executable = await engine.compile(affine(), { threads })
      const out = new Float32Array(10)
      const target: Tensor = { dtype: 'float32', shape: [2, 4], data: out.subarray(1, 9) }
      const results = await executable.run(feeds, { y: target })
      expect(results.y).toBe(target)
      expect([...out]).toEqual([0, ...y, 0])
      expect(results.sum!.shape).toEqual([])
      expect([...results.sum!.data]).toEqual([242])
      await executable.dispose()
    })

    test('a weight that changed in place is read again, unless the engine copies weights', async () => {
      const executable = await engine.compile(affine(), { threads })
      const own = Float32Array.of(10, 20, 30, 40)
      const b: Tensor = { dtype: 'float32', shape: [4], data: own }
      const before = await executable.run({ ...feeds, b })
      own.fill(0)
      const after = await executable.run({ ...feeds, b })
      expect([...before.y!.data]).toEqual(y)
      expect([...after.y!.data]).toEqual(engine.copies ? y : [1, 2, 3, 6, 4, 5, 6, 15])
      await executable.dispose()
    })

    test('results stay what they are when the graph is computed again', async () => {
      const executable = await engine.compile(affine(), { threads })
      const first = await executable.run(feeds)
      await executable.run({ ...feeds, x: { dtype: 'float32', shape: [2, 3], data: new Float32Array(6) } })
      expect([...first.y!.data]).toEqual(y)
      await executable.dispose()
    })

    test('an output may be an input, a weight, a constant, or another output', async () => {
      const builder = new GraphBuilder()
      const input = builder.input('x', [2], 'float32')
      const ids = builder.input('ids', [2], 'int32')
      const weight = builder.weight('w', [2], { type: 'constant', value: 0 }, true)
      const sum = builder.apply('add', [input, weight], {})
      const graph = builder.finish({ input, ids, weight, sum, again: sum, constant: builder.constant(7) })
      const results = await once(graph, {
        x: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) },
        ids: { dtype: 'int32', shape: [2], data: Int32Array.of(3, 4) },
        w: { dtype: 'float32', shape: [2], data: Float32Array.of(5, 6) },
      })
      expect(Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]]))).toEqual({
        input: [1, 2],
        ids: [3, 4],
        weight: [5, 6],
        sum: [6, 8],
        again: [6, 8],
        constant: [7],
      })
      expect(results.ids!.dtype).toBe('int32')
    })

    test('a missing input tensor is named in the error', async () => {
      const executable = await engine.compile(affine(), { threads })
      await expect(executable.run({ x })).rejects.toThrow('no tensor is fed for `w`')
      await executable.dispose()
    })
  })
}
