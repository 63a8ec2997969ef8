/** Primitives that compute with the numbers of tensors. */

import type { Op } from '../../../model/ops.ts'
import { ShapeError, showShape } from '../../../model/shape.ts'
import { axis, axisIn } from './axes.ts'
import { boolean, type Primitive, ValueError, word, x } from './primitive.ts'

const elementwise = (op: Op, summary: string): Primitive => ({
  summary,
  parameters: [x],
  apply: (given) => given.apply(op, [given.node('x')]),
})

const reduction = (op: 'sum' | 'mean', summary: string): Primitive => ({
  summary,
  parameters: [x, axis],
  apply(given) {
    const shape = given.shape('x')
    const along = axisIn(given, shape)
    if (shape[along] === 'batch')
      throw new ShapeError(
        `${showShape(shape)} is not reduced along \`batch\`: a text does not depend on those beside it`,
      )
    return given.apply(op, [given.node('x')], { axes: [along === shape.length - 1 ? -1 : along], keep: true })
  },
})

const ofTwo = (op: Op, summary: string): Primitive => ({
  summary,
  parameters: [
    { name: 'a', type: 'term' },
    { name: 'b', type: 'term' },
  ],
  apply: (given) => given.apply(op, [given.term('a'), given.term('b')]),
})

export const numbers = {
  silu: elementwise('silu', 'x · σ(x).'),
  relu: elementwise('relu', 'max(x, 0).'),
  tanh: elementwise('tanh', 'The hyperbolic tangent.'),
  sigmoid: elementwise('sigmoid', '1 / (1 + e⁻ˣ).'),
  exp: elementwise('exp', 'eˣ.'),
  log: elementwise('log', 'The natural logarithm.'),
  sqrt: elementwise('sqrt', '√x.'),
  rsqrt: elementwise('rsqrt', '1 / √x.'),
  softmax: elementwise('softmax', 'Softmax over the last axis.'),
  sum: reduction('sum', 'The sum over an axis, the last by default, which becomes 1.'),
  mean: reduction('mean', 'The mean over an axis, the last by default, which becomes 1.'),
  abs: elementwise('abs', 'The distance from 0.'),
  max: ofTwo('maximum', 'The larger of two numbers at each place.'),
  min: ofTwo('minimum', 'The smaller of two numbers at each place.'),
  greater: ofTwo('greater', '1 where a > b, else 0; it has no gradient.'),
  clamp: {
    summary: 'x within `low` and `high`.',
    parameters: [x, { name: 'low', type: 'number' }, { name: 'high', type: 'number' }],
    apply(given) {
      const [low, high] = [given.number('low'), given.number('high')]
      if (low > high) throw new ValueError('`low`', `at most \`high\`, which is ${high}`, String(low))
      return given.apply('minimum', [given.apply('maximum', [given.node('x'), given.term('low')]), given.term('high')])
    },
  },
  softcap: {
    summary: 'cap · tanh(x / cap), which keeps x within ±cap (Gemma 2); a cap of 0 leaves x as it is.',
    parameters: [x, { name: 'cap', type: 'number' }],
    apply(given) {
      if (given.number('cap') === 0) return given.node('x')
      given.positive('cap')
      const within = given.apply('tanh', [given.apply('div', [given.node('x'), given.term('cap')])])
      return given.apply('mul', [within, given.term('cap')])
    },
  },
  top_k: {
    summary:
      '1 for each of the k largest numbers of the last axis, the first of equal ones, else 0; it has no gradient.',
    parameters: [x, { name: 'k', type: 'number' }],
    apply: (given) => given.apply('top_k', [given.node('x')], { k: given.whole('k', 1) }),
  },
  matmul: {
    summary: 'The product of [.., m, k] and [.., k, n]; with `transpose`, of [.., m, k] and [.., n, k].',
    parameters: [
      { name: 'a', type: 'tensor' },
      { name: 'b', type: 'tensor' },
      { name: 'transpose', type: 'boolean', default: boolean(false) },
    ],
    apply: (given) =>
      given.apply('matmul', [given.node('a'), given.node('b')], {
        transposeA: false,
        transposeB: given.boolean('transpose'),
        alpha: 1,
      }),
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
} as const satisfies Readonly<Record<string, Primitive>>
