/** Epochs: the orders in which examples are learned. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/core/values/random.ts'
import { Epochs, ShuffledOrders } from '../../../src/train/batches/epochs.ts'

describe('epochs', () => {
  it('have every example once in each, in the order that the seed draws for it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 8 }), (count, batch) => {
        const examples = Array.from({ length: count }, (_, i) => i)
        const epochs = new Epochs(examples, { epochs: 3, batch, seed: 5 })
        expect(epochs.steps).toBe(3 * Math.ceil(count / batch))
        for (const epoch of [0, 1, 2]) {
          const steps = Array.from({ length: epochs.perEpoch }, (_, i) => epochs.at(epoch * epochs.perEpoch + i))
          expect(steps.flat()).toEqual([...new Random(5, 'order', epoch).permutation(count)])
          expect(steps.slice(0, -1).every(({ length }) => length === batch)).toBe(true)
          expect(epochs.inOrder(epoch)).toEqual(steps.flat())
        }
      }),
    )
  })

  it('give a step the same examples whichever step was asked for before', () => {
    const epochs = new Epochs(['a', 'b', 'c', 'd', 'e'], { epochs: 2, batch: 2, seed: 1 })
    const inOrder = Array.from({ length: epochs.steps }, (_, step) => epochs.at(step))
    for (const step of [5, 0, 3, 3, 1, 4, 2]) expect(epochs.at(step)).toEqual(inOrder[step])
  })

  it('end between steps, but not after the last one', () => {
    const epochs = new Epochs([1, 2, 3], { epochs: 2, batch: 2, seed: 1 })
    expect([1, 2, 3, 4].map((done) => epochs.endsBetween(done))).toEqual([false, true, false, false])
  })

  it('draw the order of an epoch once, not at every step', () => {
    const orders = new ShuffledOrders(1000, 1, 'order')
    const first = orders.of(0)
    expect(orders.of(0)).toBe(first)
    expect(orders.of(1)).not.toEqual(first)
  })
})
