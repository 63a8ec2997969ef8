/** Primitives of attention. */

import { yarnGain } from '../../../model/attention/rotary.ts'
import type { RotaryScaling } from '../../../model/ops.ts'
import { ShapeError, showShape } from '../../../model/shape.ts'
import { boolean, type Given, number, type Primitive, ValueError, word, x } from './primitive.ts'

/** The inputs of positions that every model takes. */
const positionsIn = ({ builder }: Given) => builder.input('positions', ['batch', 'time'], 'int32')

/** A part of no block, since all layers share it. */
const positionsOf = (given: Given, of: 'queries' | 'keys') =>
  given.builder.apply('position_grid', [positionsIn(given)], { of, past: 0 })

/** The scaling of rotary positions; `undefined` if they are not scaled. */
function scalingOf(given: Given): RotaryScaling | undefined {
  const type = given.word('scaling') as RotaryScaling['type'] | 'none'
  if (type === 'none') return undefined
  const factor = given.positive('factor')
  if (type === 'linear') return { type, factor }
  if (!given.has('original'))
    throw new ValueError(
      '`original`',
      `the context that the model was trained with, if the scaling is \`${type}\``,
      'left out',
    )
  const original = given.positive('original')
  const between = (least: 'low' | 'slow', most: 'high' | 'fast') => {
    const range = [given.positive(least), given.positive(most)] as const
    if (range[0] < range[1]) return range
    throw new ValueError(`\`${least}\``, `less than \`${most}\`, which is ${range[1]}`, String(range[0]))
  }
  if (type === 'llama3') {
    const [low, high] = between('low', 'high')
    return { type, factor, original, low, high }
  }
  const [slow, fast] = between('slow', 'fast')
  return { type, factor, original, slow, fast, gain: given.has('gain') ? given.positive('gain') : yarnGain(factor) }
}

export const attention = {
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
    summary:
      'Rotary positions: pairs of numbers turned by their place in the text (Su et al. 2021). See [rotary positions](#rotary-positions).',
    parameters: [
      x,
      { name: 'base', type: 'number', default: number(10_000) },
      { name: 'size', type: 'size', optional: true },
      { name: 'scaling', type: 'word', words: ['none', 'linear', 'llama3', 'yarn'], default: word('none') },
      { name: 'factor', type: 'number', default: number(1) },
      { name: 'original', type: 'number', optional: true },
      { name: 'low', type: 'number', default: number(1) },
      { name: 'high', type: 'number', default: number(4) },
      { name: 'slow', type: 'number', default: number(1) },
      { name: 'fast', type: 'number', default: number(32) },
      { name: 'gain', type: 'number', optional: true },
    ],
    apply(given) {
      const scaling = scalingOf(given)
      const attributes = {
        base: given.positive('base'),
        inverse: false,
        ...(scaling === undefined ? {} : { scaling }),
      }
      const rotated = (node: number) => given.apply('rope', [node, positionsIn(given)], attributes)
      const whole = given.shape('x').at(-1)
      const size = given.has('size') ? given.dim('size') : whole
      if (size === whole) return rotated(given.node('x'))
      if (typeof size !== 'number' || typeof whole !== 'number' || size > whole)
        throw new ShapeError(
          `\`size\` is ${size}, but the heads of ${showShape(given.shape('x'))} have ${whole} numbers`,
        )
      const part = (start: number, end: number) => given.apply('slice', [given.node('x')], { axis: -1, start, end })
      return given.apply('concat', [rotated(part(0, size)), part(size, whole)], { axis: -1 })
    },
  },
  scaled_dot_product: {
    summary:
      'softmax(q kᵀ / √size) v (Vaswani et al. 2017); fewer heads of keys and values than of queries are shared evenly. See [attention](#attention).',
    parameters: [
      { name: 'q', type: 'tensor' },
      { name: 'k', type: 'tensor' },
      { name: 'v', type: 'tensor' },
      { name: 'causal', type: 'boolean', default: boolean(true) },
      { name: 'window', type: 'number', default: number(0) },
      { name: 'cap', type: 'number', default: number(0) },
      { name: 'bias', type: 'tensor', optional: true },
      { name: 'sinks', type: 'tensor', optional: true },
      { name: 'scale', type: 'number', optional: true },
    ],
    apply(given) {
      const size = given.shape('q').at(-1)
      if (typeof size !== 'number') throw new ShapeError(`the heads of ${showShape(given.shape('q'))} have no size yet`)
      const further = (['bias', 'sinks'] as const).filter((name) => given.has(name))
      const inputs = ['q', 'k', 'v', ...further].map((name) => given.node(name))
      return given.apply('attention', inputs, {
        causal: given.boolean('causal'),
        scale: given.has('scale') ? given.positive('scale') : 1 / Math.sqrt(size),
        ...(given.whole('window', 0) > 0 ? { window: given.whole('window', 1) } : {}),
        ...(given.number('cap') === 0 ? {} : { cap: given.positive('cap') }),
        ...Object.fromEntries(further.map((name) => [name, true])),
      })
    },
  },
  query_positions: {
    summary: 'The positions of queries in their text, [batch, 1, time, 1], for the `bias` of attention.',
    parameters: [],
    apply: (given) => positionsOf(given, 'queries'),
  },
  key_positions: {
    summary: 'The positions of keys in their text, [batch, 1, 1, time], for the `bias` of attention.',
    parameters: [],
    apply: (given) => positionsOf(given, 'keys'),
  },
} as const satisfies Readonly<Record<string, Primitive>>
