/** The primitives of the tensor language: functions that the body of a block or an architecture can call. */

import type { GraphBuilder } from '../../model/build.ts'
import type { WeightInit } from '../../model/graph.ts'
import type { Dim, Op, Shape } from '../../model/ops.ts'
import { ShapeError, showShape } from '../../model/shape.ts'
import type { WeightPath } from './naming.ts'
import type { Value } from './values.ts'

/** The type that an argument must have. */
export type ParameterType = 'tensor' | 'ids' | 'size' | 'number' | 'boolean' | 'word' | 'init' | 'sizes'

export interface PrimitiveParameter {
  readonly name: string
  readonly type: ParameterType
  /** Without a default, the argument is required. */
  readonly default?: Value
  /** The words that the argument can be. */
  readonly words?: readonly string[]
}

/** Thrown if an argument has the right type and a value that the primitive cannot use. */
export class ValueError extends Error {
  readonly words: { readonly what: string; readonly expected: string; readonly got: string }

  constructor(what: string, expected: string, got: string) {
    super(`${what} is ${expected}, not ${got}`)
    this.words = { what, expected, got }
  }
}

/** The arguments of a primitive by name. Their types have been checked. */
export class Given {
  readonly builder: GraphBuilder
  /** The path for the names of its weights. */
  readonly path: WeightPath
  readonly #values: ReadonlyMap<string, Value | readonly Value[]>

  constructor(builder: GraphBuilder, path: WeightPath, values: ReadonlyMap<string, Value | readonly Value[]>) {
    this.builder = builder
    this.path = path
    this.#values = values
  }

  #value(name: string): Value {
    return this.#values.get(name) as Value
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  node(name: string): number {
    return (this.#value(name) as Extract<Value, { type: 'tensor' }>).node
  }

  shape(name: string): Shape {
    return this.builder.shape(this.node(name))
  }

  number(name: string): number {
    return (this.#value(name) as Extract<Value, { type: 'number' }>).value
  }

  boolean(name: string): boolean {
    return (this.#value(name) as Extract<Value, { type: 'boolean' }>).value
  }

  word(name: string): string {
    return (this.#value(name) as Extract<Value, { type: 'word' }>).value
  }

  init(name: string): WeightInit {
    return (this.#value(name) as Extract<Value, { type: 'init' }>).init
  }

  dim(name: string): Dim {
    return dimOf(this.#value(name))
  }

  dims(name: string): Dim[] {
    return (this.#values.get(name) as readonly Value[]).map(dimOf)
  }

  apply(op: Op, inputs: readonly number[], attributes: object = {}): number {
    return this.builder.apply(op, inputs, attributes as never, this.path.scope || undefined)
  }

  /** Adds a weight to the graph. Weight decay applies to matrices, and not to gains and biases. */
  weight(name: string, shape: Shape, init: WeightInit): number {
    return this.builder.weight(this.path.weight(name), shape, init, shape.length > 1)
  }
}

function dimOf(value: Value): Dim {
  if (value.type === 'number') return value.value
  return (value as Extract<Value, { type: 'size' }>).symbol
}

export interface Primitive {
  readonly summary: string
  readonly parameters: readonly PrimitiveParameter[]
  apply(given: Given): number
}

const x: PrimitiveParameter = { name: 'x', type: 'tensor' }
const small: Value = { type: 'init', init: { type: 'normal', deviation: 0.02 } }
const no: Value = { type: 'boolean', value: false }
const number = (value: number): Value => ({ type: 'number', value })
const word = (value: string): Value => ({ type: 'word', value })
const ones: WeightInit = { type: 'constant', value: 1 }
const zeros: WeightInit = { type: 'constant', value: 0 }

const elementwise = (op: Op, summary: string): Primitive => ({
  summary,
  parameters: [x],
  apply: (given) => given.apply(op, [given.node('x')]),
})

const reduction = (op: 'sum' | 'mean', summary: string): Primitive => ({
  summary,
  parameters: [x],
  apply: (given) => given.apply(op, [given.node('x')], { axes: [-1], keep: true }),
})

const turned = { transposeA: false, transposeB: true, alpha: 1 }

function lastSize(given: Given): Dim {
  const shape = given.shape('x')
  if (shape.length === 0) throw new ShapeError('a single number has no last axis')
  return shape.at(-1)!
}

export const primitives: Readonly<Record<string, Primitive>> = {
  weight: {
    summary: 'A tensor that training changes.',
    parameters: [
      { name: 'shape', type: 'sizes' },
      { name: 'init', type: 'init', default: small },
    ],
    apply: (given) => given.weight('weight', given.dims('shape'), given.init('init')),
  },
  linear: {
    summary: 'x Wᵀ + b over the last axis, with a weight [out, in] and, if `bias`, a bias [out].',
    parameters: [
      x,
      { name: 'out', type: 'size' },
      { name: 'bias', type: 'boolean', default: no },
      { name: 'init', type: 'init', default: small },
    ],
    apply(given) {
      const out = given.dim('out')
      const weight = given.weight('weight', [out, lastSize(given)], given.init('init'))
      const product = given.apply('matmul', [given.node('x'), weight], turned)
      return given.boolean('bias') ? given.apply('add', [product, given.weight('bias', [out], zeros)]) : product
    },
  },
  embedding: {
    summary: 'The row of a table [rows, dim] for each id.',
    parameters: [
      { name: 'ids', type: 'ids' },
      { name: 'rows', type: 'size' },
      { name: 'dim', type: 'size' },
      { name: 'init', type: 'init', default: small },
    ],
    apply(given) {
      const table = given.weight('weight', [given.dim('rows'), given.dim('dim')], given.init('init'))
      return given.apply('gather', [table, given.node('ids')])
    },
  },
  embed: {
    summary: 'The row of `table` for each id: an embedding whose table is used elsewhere too.',
    parameters: [
      { name: 'ids', type: 'ids' },
      { name: 'table', type: 'tensor' },
    ],
    apply: (given) => given.apply('gather', [given.node('table'), given.node('ids')]),
  },
  unembed: {
    summary: 'x · tableᵀ: logits by the table of the embedding (Press and Wolf 2017).',
    parameters: [x, { name: 'table', type: 'tensor' }],
    apply: (given) => given.apply('matmul', [given.node('x'), given.node('table')], turned),
  },
  layer_norm: {
    summary: 'Rows shifted to mean 0 and scaled to variance 1, times a gain, plus a bias (Ba et al. 2016).',
    parameters: [
      x,
      { name: 'bias', type: 'boolean', default: { type: 'boolean', value: true } },
      { name: 'epsilon', type: 'number', default: number(1e-5) },
    ],
    apply(given) {
      const size = [lastSize(given)]
      const gain = given.weight('weight', size, ones)
      const bias = given.boolean('bias') ? [given.weight('bias', size, zeros)] : []
      return given.apply('layer_norm', [given.node('x'), gain, ...bias], { epsilon: given.number('epsilon') })
    },
  },
  rms_norm: {
    summary: 'Rows scaled to mean square 1, times a gain (Zhang and Sennrich 2019).',
    parameters: [x, { name: 'epsilon', type: 'number', default: number(1e-5) }],
    apply(given) {
      const gain = given.weight('weight', [lastSize(given)], ones)
      return given.apply('rms_norm', [given.node('x'), gain], { epsilon: given.number('epsilon') })
    },
  },
  split_heads: {
    summary: '[batch, time, heads · size] to [batch, heads, time, size].',
    parameters: [x, { name: 'heads', type: 'size' }],
    apply(given) {
      const shape = given.shape('x')
      const heads = given.dim('heads')
      const [batch, time, all] = shape
      if (shape.length !== 3 || typeof all !== 'number' || typeof heads !== 'number' || all % heads !== 0)
        throw new ShapeError(`${showShape(shape)} cannot be split into ${heads} heads of one size`)
      const split = given.apply('reshape', [given.node('x')], { shape: [batch, time, heads, all / heads] })
      return given.apply('transpose', [split], { permutation: [0, 2, 1, 3] })
    },
  },
  merge_heads: {
    summary: '[batch, heads, time, size] to [batch, time, heads · size].',
    parameters: [x],
    apply(given) {
      const shape = given.shape('x')
      const [batch, heads, time, size] = shape
      if (shape.length !== 4 || typeof heads !== 'number' || typeof size !== 'number')
        throw new ShapeError(`${showShape(shape)} has no heads to merge: [batch, heads, time, size] has`)
      const turnedBack = given.apply('transpose', [given.node('x')], { permutation: [0, 2, 1, 3] })
      return given.apply('reshape', [turnedBack], { shape: [batch, time, heads * size] })
    },
  },
  rope: {
    summary: 'Rotary positions: pairs of numbers turned by their place in the text (Su et al. 2021).',
    parameters: [x, { name: 'base', type: 'number', default: number(10_000) }],
    apply(given) {
      const positions = given.builder.input('positions', ['batch', 'time'], 'int32')
      return given.apply('rope', [given.node('x'), positions], { base: given.number('base'), inverse: false })
    },
  },
  scaled_dot_product: {
    summary:
      'softmax(q kᵀ / √size) v (Vaswani et al. 2017); fewer heads of keys and values than of queries are shared evenly.',
    parameters: [
      { name: 'q', type: 'tensor' },
      { name: 'k', type: 'tensor' },
      { name: 'v', type: 'tensor' },
      { name: 'causal', type: 'boolean', default: { type: 'boolean', value: true } },
    ],
    apply(given) {
      const size = given.shape('q').at(-1)
      if (typeof size !== 'number') throw new ShapeError(`the heads of ${showShape(given.shape('q'))} have no size yet`)
      return given.apply('attention', [given.node('q'), given.node('k'), given.node('v')], {
        causal: given.boolean('causal'),
        scale: 1 / Math.sqrt(size),
      })
    },
  },
  silu: elementwise('silu', 'x · σ(x).'),
  relu: elementwise('relu', 'max(x, 0).'),
  tanh: elementwise('tanh', 'The hyperbolic tangent.'),
  sigmoid: elementwise('sigmoid', '1 / (1 + e⁻ˣ).'),
  exp: elementwise('exp', 'eˣ.'),
  log: elementwise('log', 'The natural logarithm.'),
  sqrt: elementwise('sqrt', '√x.'),
  rsqrt: elementwise('rsqrt', '1 / √x.'),
  softmax: elementwise('softmax', 'Softmax over the last axis.'),
  sum: reduction('sum', 'The sum over the last axis, which becomes 1.'),
  mean: reduction('mean', 'The mean over the last axis, which becomes 1.'),
  matmul: {
    summary: 'The product of [.., m, k] and [.., k, n]; with `transpose`, of [.., m, k] and [.., n, k].',
    parameters: [
      { name: 'a', type: 'tensor' },
      { name: 'b', type: 'tensor' },
      { name: 'transpose', type: 'boolean', default: no },
    ],
    apply: (given) =>
      given.apply('matmul', [given.node('a'), given.node('b')], { ...turned, transposeB: given.boolean('transpose') }),
  },
  gelu: {
    summary: 'x · Φ(x) (Hendrycks and Gimpel 2016), by `tanh` as in GPT-2, or exactly by `erf`.',
    parameters: [x, { name: 'approximate', type: 'word', words: ['tanh', 'erf'], default: word('tanh') }],
    apply: (given) => given.apply('gelu', [given.node('x')], { approximate: given.word('approximate') }),
  },
  dropout: {
    summary: 'While training, sets numbers to 0 at this rate and scales the others up; a rate of 0 is nothing.',
    parameters: [x, { name: 'rate', type: 'number' }],
    apply(given) {
      const rate = given.number('rate')
      if (rate === 0) return given.node('x')
      if (!(rate > 0 && rate < 1)) throw new ValueError('`rate`', 'from 0 to below 1', String(rate))
      const count = given.builder.nodes.filter((node) => node.op === 'dropout').length
      const mask = given.builder.input(`dropout.${count}`, given.shape('x'), 'float32')
      return given.apply('dropout', [given.node('x'), mask], { rate })
    },
  },
}

/** Functions of numbers, which are evaluated when the program is compiled. */
export const numberFunctions: Readonly<Record<string, { readonly takes: number; of(...args: number[]): number }>> = {
  round_up: { takes: 2, of: (value, to) => Math.ceil(value! / to!) * to! },
  round: { takes: 1, of: (value) => Math.round(value!) },
  floor: { takes: 1, of: (value) => Math.floor(value!) },
  sqrt: { takes: 1, of: (value) => Math.sqrt(value!) },
  min: { takes: 2, of: (a, b) => Math.min(a!, b!) },
  max: { takes: 2, of: (a, b) => Math.max(a!, b!) },
}

/** Distributions of initial weights: `normal(0.02)`. */
export const inits: Readonly<Record<string, (value: number) => WeightInit>> = {
  normal: (deviation) => ({ type: 'normal', deviation }),
  uniform: (bound) => ({ type: 'uniform', bound }),
  constant: (value) => ({ type: 'constant', value }),
}
