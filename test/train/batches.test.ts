/** Batches and validation: each target once, windows as they stand in the corpus, the loss by its definition. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeBatch, randomWindows, windowsInOrder } from '../../src/train/batches.ts'
import { tokensOf } from './small.ts'

describe('windowsInOrder', () => {
  it('gives each token but the first as a target once, whatever the sizes', () => {
    const reader = tokensOf(2)
    const all = [...reader.window(0, reader.length)]
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40 }), (size, time) => {
        const batch = makeBatch(size, time)
        const seen: number[] = []
        for (let from = 0; from + 1 < reader.length; ) {
          const count = windowsInOrder(batch, reader, time, from, reader.length)
          expect(batch.total[0]).toBe(count)
          batch.counts.forEach((weight, i) => {
            if (weight === 1) seen.push(batch.targets[i]!)
          })
          from += count
        }
        expect(seen).toEqual(all.slice(1))
      }),
      { numRuns: 30 },
    )
  })
})

describe('randomWindows', () => {
  const reader = tokensOf(3)

  it('takes windows as they stand, each target the token that follows', () => {
    const text = [...reader.window(0, reader.length)].join(' ')
    const batch = makeBatch(4, 8)
    for (let index = 0; index < 20; index++) {
      randomWindows(batch, reader, 8, 1, index)
      for (let row = 0; row < 4; row++) {
        const tokens = [...batch.tokens.subarray(8 * row, 8 * row + 8)]
        const targets = [...batch.targets.subarray(8 * row, 8 * row + 8)]
        expect(targets.slice(0, 7)).toEqual(tokens.slice(1))
        expect(text).toContain([tokens[0], ...targets].join(' '))
      }
    }
  })

  it('is fixed by the seed and the index alone, and reaches the first and the last token', () => {
    const draw = (seed: number, index: number) => {
      const batch = makeBatch(2, 4)
      randomWindows(batch, reader, 4, seed, index)
      return [...batch.tokens]
    }
    expect(draw(1, 5)).toEqual(draw(1, 5))
    expect(draw(1, 5)).not.toEqual(draw(1, 6))
    expect(draw(1, 5)).not.toEqual(draw(2, 5))

    const short = tokensOf(1, 'abcd')
    const batch = makeBatch(64, 3)
    randomWindows(batch, short, 3, 1, 0)
    expect(new Set([...batch.tokens].filter((_, i) => i % 3 === 0))).toEqual(new Set(short.window(0, 2)))
  })
})
