/** Averages of weights: the mean of each number, with shares, of weights that are the same but for their numbers. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tensors } from '../../../src/engine/engine.ts'
import { averaged } from '../../../src/train/weights/average.ts'

const tensors = (numbers: readonly number[]): Tensors => ({
  w: { dtype: 'float32', shape: [numbers.length], data: Float32Array.from(numbers) },
})
const part = (name: string, share: number, numbers: readonly number[]) => ({
  name,
  share,
  load: () => tensors(numbers),
})
const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e3, max: 1e3 })

describe('an average', () => {
  it('is the sum of shares, rounded once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(float, float), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (pairs, share) => {
          const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)]
          const { w } = averaged([part('a', share, a), part('b', 1 - share, b)])
          // The sum begins with 0, so two shares of -0 are 0.
          expect([...w!.data]).toEqual(pairs.map(([x, y]) => Math.fround(0 + share * x + (1 - share) * y)))
        },
      ),
    )
  })

  it('of a model with itself is the model', () => {
    expect(averaged([part('a', 0.3, [1, -2.5, 1e-9]), part('b', 0.7, [1, -2.5, 1e-9])])).toEqual(
      tensors([1, -2.5, 1e-9]),
    )
  })

  it('of other weights is an error that names one', () => {
    expect(() => averaged([part('a', 0.5, [1]), part('b', 0.5, [1, 2])])).toThrow(/b has not the same w/)
    const other = { name: 'c', share: 0.5, load: () => ({ ...tensors([1]), more: tensors([1]).w! }) }
    expect(() => averaged([part('a', 0.5, [1]), other])).toThrow(/c has not the same more/)
    expect(() => averaged([other, part('a', 0.5, [1])])).toThrow(/a has not the same more/)
  })
})
