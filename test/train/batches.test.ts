/** Batches and validation: each target once, windows as they stand in the corpus, the loss by its definition. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeBatch, randomWindows, windowsInOrder, windowsShuffled } from '../../src/train/batches/batches.ts'
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

describe('windowsShuffled', () => {
  const reader = tokensOf(3)
  const all = [...reader.window(0, reader.length)]

  it('has each token once in a pass, but for fewer than a window at either end, in windows as they stand', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 50 }), fc.nat(9), (size, time, seed) => {
        const batch = makeBatch(size, time)
        const windows = windowsShuffled(reader, time, seed)
        const count = Math.max(1, Math.floor((all.length - time) / time))
        const seen: number[] = []
        for (let index = 0; index * size < count; index++) {
          windows(batch, index)
          for (let row = 0; row < size && index * size + row < count; row++) {
            const tokens = [...batch.tokens.subarray(row * time, (row + 1) * time)]
            const targets = [...batch.targets.subarray(row * time, (row + 1) * time)]
            expect(targets.slice(0, -1)).toEqual(tokens.slice(1))
            seen.push(...targets)
          }
        }
        // As a bag it is a piece of the corpus without a gap.
        const bag = (ids: readonly number[]) => [...ids].sort((a, b) => a - b).join(' ')
        const places = Array.from({ length: all.length - seen.length }, (_, from) => from + 1)
        expect(places.some((from) => bag(all.slice(from, from + seen.length)) === bag(seen))).toBe(true)
        expect(all.length - 1 - seen.length).toBeLessThan(2 * time)
      }),
      { numRuns: 60 },
    )
  })

  it('is fixed by the seed and the index, wherever it begins, and another in each pass', () => {
    const draw = (windows: ReturnType<typeof windowsShuffled>, index: number) => {
      const batch = makeBatch(3, 7)
      windows(batch, index)
      return [...batch.tokens]
    }
    const whole = windowsShuffled(reader, 7, 1)
    const count = Math.floor((all.length - 7) / 7)
    const drawn = Array.from({ length: count }, (_, index) => draw(whole, index))
    expect(draw(windowsShuffled(reader, 7, 1), 10)).toEqual(drawn[10])
    expect(draw(windowsShuffled(reader, 7, 2), 10)).not.toEqual(drawn[10])
    // Three passes in as many batches as a pass has windows.
    const passes = [0, 1, 2].map((pass) =>
      drawn
        .flat()
        .slice(pass * count * 7, (pass + 1) * count * 7)
        .join(' '),
    )
    expect(new Set(passes).size).toBe(3)
  })

  it('does with as few tokens as one window has', () => {
    const short = tokensOf(1, 'abcd')
    const batch = makeBatch(2, 4)
    windowsShuffled(short, 4, 1)(batch, 0)
    expect([...batch.targets.subarray(0, 4)]).toEqual([...short.window(1, 4)])
  })
})
