/** The generator against the vectors its authors published (Random123's kat_vectors), and the laws of what is drawn from it. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { philox, Random } from '../../src/core/values/random.ts'

const hex = (words: Uint32Array) => [...words].map((word) => word.toString(16).padStart(8, '0')).join(' ')

describe('philox4x32-10', () => {
  it('gives the published vectors', () => {
    expect(hex(philox(0, 0, 0, 0, 0, 0))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8')
    const ones = 0xffffffff
    expect(hex(philox(ones, ones, ones, ones, ones, ones))).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd')
    expect(hex(philox(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))).toBe(
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    )
  })
})

describe('Random', () => {
  const draws = (random: Random, count: number) => Array.from({ length: count }, () => random.bits())

  it('gives the same stream for the same seed, purpose and step, and others for others', () => {
    const first = draws(new Random(1, 'batches', 7), 20)
    expect(draws(new Random(1, 'batches', 7), 20)).toEqual(first)
    for (const other of [new Random(2, 'batches', 7), new Random(1, 'masks', 7), new Random(1, 'batches', 8)]) {
      expect(draws(other, 20)).not.toEqual(first)
    }
    expect(draws(new Random(1, 'batches', 7 + 2 ** 32), 20)).not.toEqual(first)
  })

  it('draws integers below n, each about as often', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.integer(), (n, seed) => {
        const random = new Random(seed, 'test')
        for (let i = 0; i < 20; i++) {
          const draw = random.below(n)
          expect(Number.isInteger(draw) && draw >= 0 && draw < n).toBe(true)
        }
      }),
    )
    const random = new Random(3, 'dice')
    const counts = new Float64Array(6)
    for (let i = 0; i < 60_000; i++) counts[random.below(6)]!++
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
    // The 99.9 % point with 5 degrees of freedom.
    expect(chiSquare).toBeLessThan(20.5)
    expect(new Random(1, 'wide').below(2 ** 53)).toBeGreaterThan(2 ** 32)
    expect(() => random.below(0)).toThrow(RangeError)
  })

  it('draws uniform and normal numbers of the right mean and variance', () => {
    const random = new Random(5, 'moments')
    const count = 100_000
    let uniform = 0
    let normal = 0
    let squares = 0
    for (let i = 0; i < count; i++) {
      const u = random.uniform()
      expect(u >= 0 && u < 1).toBe(true)
      uniform += u
      const z = random.normal()
      normal += z
      squares += z * z
    }
    expect(uniform / count).toBeCloseTo(0.5, 2)
    expect(Math.abs(normal / count)).toBeLessThan(0.015)
    expect(squares / count).toBeCloseTo(1, 1)
  })

  it('permutes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200 }), fc.nat(), (n, seed) => {
        const order = new Random(seed, 'order').permutation(n)
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
      }),
    )
    expect([...new Random(1, 'order').permutation(50)]).not.toEqual([...new Random(2, 'order').permutation(50)])
  })
})
