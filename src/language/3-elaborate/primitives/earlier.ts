/** Primitives that reach earlier tokens. */

import { ShapeError, showShape } from '../../../model/shape.ts'
import { boolean, type Given, number, type Primitive, x } from './primitive.ts'
import { small } from './weights.ts'

function shifted(given: Given, by: number): number {
  const shape = given.shape('x')
  if (shape.length < 3 || shape[0] !== 'batch' || shape[1] !== 'time')
    throw new ShapeError(`${showShape(shape)} has no tokens to reach back to: [batch, time, …] has`)
  const positions = given.builder.input('positions', ['batch', 'time'], 'int32')
  return by === 0 ? given.node('x') : given.apply('shift', [given.node('x'), positions], { by })
}

export const earlier = {
  shift: {
    summary: 'x [batch, time, …] of the token `by` places before; 0 at the beginning of a text.',
    parameters: [x, { name: 'by', type: 'number', default: number(1) }],
    apply: (given) => shifted(given, given.whole('by', 1)),
  },
  conv1d: {
    summary:
      'Σ wₖ · x of the token k places before, k from 0 below `width`: a causal convolution of each channel by itself, with a weight [width, dim].',
    parameters: [
      x,
      { name: 'width', type: 'number' },
      { name: 'bias', type: 'boolean', default: boolean(false) },
      { name: 'init', type: 'init', default: small },
    ],
    apply(given) {
      const width = given.whole('width', 1)
      const dim = given.shape('x').at(-1)!
      const weight = given.weight('weight', [width, dim], given.init('init'))
      const products = Array.from({ length: width }, (_, k) => {
        const row = given.apply('slice', [weight], { axis: 0, start: k, end: k + 1 })
        return given.apply('mul', [shifted(given, k), given.apply('reshape', [row], { shape: [dim] })])
      })
      const sum = products.reduce((all, each) => given.apply('add', [all, each]))
      if (!given.boolean('bias')) return sum
      return given.apply('add', [sum, given.weight('bias', [dim], { type: 'constant', value: 0 })])
    },
  },
} as const satisfies Readonly<Record<string, Primitive>>
