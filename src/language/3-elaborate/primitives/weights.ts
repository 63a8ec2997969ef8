/** Primitives that have weights, and those that use a table of weights. */

import type { WeightInit } from '../../../model/graph.ts'
import type { Dim } from '../../../model/ops.ts'
import { numeric, ShapeError, showShape } from '../../../model/shape.ts'
import type { Value } from '../values.ts'
import { boolean, type Given, number, type Primitive, x } from './primitive.ts'

/** How weights begin by default. */
export const small: Value = { type: 'init', init: { type: 'normal', deviation: 0.02 } }
const ones: WeightInit = { type: 'constant', value: 1 }
const zeros: WeightInit = { type: 'constant', value: 0 }
const turned = { transposeA: false, transposeB: true, alpha: 1 }

function lastSize(given: Given): Dim {
  const shape = given.shape('x')
  if (shape.length === 0) throw new ShapeError('a single number has no last axis')
  return shape.at(-1)!
}

export const weights = {
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
      { name: 'bias', type: 'boolean', default: boolean(false) },
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
  expert_linear: {
    summary:
      'x Wᵀ by the matrix of each expert: [batch, time, in] to [batch, time, experts, out], with a weight [experts, out, in].',
    parameters: [
      x,
      { name: 'out', type: 'size' },
      { name: 'experts', type: 'size' },
      { name: 'init', type: 'init', default: small },
    ],
    apply(given) {
      const [out, experts] = [numeric(given.dim('out')), numeric(given.dim('experts'))]
      const inner = numeric(lastSize(given))
      const weight = given.weight('weight', [experts, out, inner], given.init('init'))
      // One product for all experts.
      const flat = given.apply('reshape', [weight], { shape: [experts * out, inner] })
      const product = given.apply('matmul', [given.node('x'), flat], turned)
      return given.apply('reshape', [product], { shape: [...given.shape('x').slice(0, -1), experts, out] })
    },
  },
  expert_sum: {
    summary:
      'Σ shareₑ · xₑ Wₑᵀ over the experts e: x [batch, time, experts, in] and shares [batch, time, experts] to [batch, time, out], with a weight [experts, out, in].',
    parameters: [
      x,
      { name: 'shares', type: 'tensor' },
      { name: 'out', type: 'size' },
      { name: 'init', type: 'init', default: small },
    ],
    apply(given) {
      const [shape, shares] = [given.shape('x'), given.shape('shares')]
      if (shape.length !== 4 || showShape(shares) !== showShape(shape.slice(0, 3)))
        throw new ShapeError(
          `shares ${showShape(shares)} for ${showShape(shape)}: [batch, time, experts] for [batch, time, experts, in]`,
        )
      const [experts, inner] = [numeric(shape[2]!), numeric(shape[3]!)]
      const out = numeric(given.dim('out'))
      const weight = given.weight('weight', [experts, out, inner], given.init('init'))
      // A sum over experts and their numbers is one product: Σ (shareₑ · xₑ) Wₑᵀ.
      const column = given.apply('reshape', [given.node('shares')], { shape: [...shares, 1] })
      const shared = given.apply('mul', [given.node('x'), column])
      const rows = given.apply('reshape', [shared], { shape: [...shape.slice(0, 2), experts * inner] })
      const moved = given.apply('transpose', [weight], { permutation: [1, 0, 2] })
      const flat = given.apply('reshape', [moved], { shape: [out, experts * inner] })
      return given.apply('matmul', [rows, flat], turned)
    },
  },
  layer_norm: {
    summary: 'Rows shifted to mean 0 and scaled to variance 1, times a gain, plus a bias (Ba et al. 2016).',
    parameters: [
      x,
      { name: 'bias', type: 'boolean', default: boolean(true) },
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
    summary:
      'Rows scaled to mean square 1, times a gain (Zhang and Sennrich 2019). The gain is a weight plus `offset`: with 1, the weight begins at 0, as in Gemma.',
    parameters: [
      x,
      { name: 'epsilon', type: 'number', default: number(1e-5) },
      { name: 'offset', type: 'number', default: number(0) },
    ],
    apply(given) {
      const offset = given.number('offset')
      const weight = given.weight('weight', [lastSize(given)], { type: 'constant', value: 1 - offset })
      const gain = offset === 0 ? weight : given.apply('add', [weight, given.builder.constant(offset)])
      return given.apply('rms_norm', [given.node('x'), gain], { epsilon: given.number('epsilon') })
    },
  },
} as const satisfies Readonly<Record<string, Primitive>>
