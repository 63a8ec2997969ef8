/** The arithmetic of alignment against vectors worked out by hand and published formulas. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generalizedAdvantages } from '../../../src/train/alignment/gae.ts'
import { adaptiveKl, fixedKl, klEstimate } from '../../../src/train/alignment/kl.ts'
import { bradleyTerryLoss, preferredPairs } from '../../../src/train/alignment/preference.ts'
import { shapedRewards } from '../../../src/train/alignment/shaping.ts'
import { whiten } from '../../../src/train/alignment/whiten.ts'

const numbers = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 30 })

describe('generalizedAdvantages', () => {
  it('gives the advantages worked out by hand', () => {
    const { advantages, returns } = generalizedAdvantages([0, 0, 1], [0.5, 0.4, 0.3], 1, 0.95)
    expect([...advantages].map(round)).toEqual([0.43675, 0.565, 0.7])
    expect([...returns].map(round)).toEqual([0.93675, 0.965, 1])
  })

  it('with λ = 1 is the discounted sum of rewards less the value, as the definition has it', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (rewards, gamma) => {
        const values = rewards.map((reward, i) => reward / 2 + i)
        const { advantages } = generalizedAdvantages(rewards, values, gamma, 1)
        for (let t = 0; t < rewards.length; t++) {
          const later = rewards.slice(t).reduce((sum, reward, i) => sum + gamma ** i * reward, 0)
          expect(advantages[t]).toBeCloseTo(later - values[t]!, 8)
        }
      }),
    )
  })

  it('refuses values of another length', () => {
    expect(() => generalizedAdvantages([1], [1, 2], 1, 1)).toThrow('1 rewards, but 2 values')
  })
})

describe('whiten', () => {
  it('gives mean 0 and variance 1 over all rows together', () => {
    const rows = [Float64Array.of(1, 2), Float64Array.of(3, 4, 5)]
    whiten(rows)
    // Mean 3, variance 2.
    expect([...rows[0]!, ...rows[1]!].map(round)).toEqual(
      [-Math.SQRT2, -Math.SQRT1_2, 0, Math.SQRT1_2, Math.SQRT2].map(round),
    )
  })

  it('keeps the mean where told', () => {
    const row = Float64Array.of(1, 3)
    whiten([row], false)
    expect([...row].map(round)).toEqual([1, 3])
  })
})

describe('divergence', () => {
  it('is estimated as Schulman wrote', () => {
    expect(klEstimate('k1', -0.5)).toBe(0.5)
    expect(klEstimate('k2', -0.5)).toBe(0.125)
    expect(round(klEstimate('k3', -0.5))).toBe(0.106531)
  })

  it('k1 and k3 are unbiased: their mean over a distribution is its divergence', () => {
    const policy = [0.5, 0.3, 0.2]
    const reference = [0.2, 0.3, 0.5]
    const exact = policy.reduce((sum, p, i) => sum + p * Math.log(p / reference[i]!), 0)
    for (const estimator of ['k1', 'k3'] as const) {
      const mean = policy.reduce((sum, p, i) => sum + p * klEstimate(estimator, Math.log(reference[i]! / p)), 0)
      expect(mean).toBeCloseTo(exact, 12)
    }
  })

  it('costs more after a batch that went too far', () => {
    const controller = adaptiveKl(0.2, 6, 10_000)
    expect(round(controller.after(12, 256).beta)).toBe(0.201024)
    expect(controller.after(6, 256).beta).toBe(0.2)
    expect(round(controller.after(0, 256).beta)).toBe(0.198976)
    expect(fixedKl(0.1).after(100, 256).beta).toBe(0.1)
  })
})

describe('shapedRewards', () => {
  it('prices divergence at each token and adds the score at the last', () => {
    const shaping = { beta: 0.1, missingEndPenalty: 1 }
    const rewards = shapedRewards([-1, -2, -3], [-2, -2, -1], 5, true, shaping)
    expect([...rewards].map(round)).toEqual([-0.1, 0, 5.2])
    expect(round(shapedRewards([-1, -2, -3], [-2, -2, -1], 5, false, shaping)[2]!)).toBe(4.2)
  })
})

describe('preferences', () => {
  it('takes every pair of a ranking that is not tied', () => {
    expect(preferredPairs([2, 1, 2, 4])).toEqual([
      { better: 1, worse: 0 },
      { better: 0, worse: 3 },
      { better: 1, worse: 2 },
      { better: 1, worse: 3 },
      { better: 2, worse: 3 },
    ])
    expect(preferredPairs([1, 1])).toEqual([])
  })

  it('gives the published losses', () => {
    expect(round(bradleyTerryLoss([1, 0], [{ better: 0, worse: 1 }], 0.5))).toBe(0.474077)
  })

  it('averages the pairs of a ranking', () => {
    const scores = [0, 1, 0, -1]
    const pairs = preferredPairs([2, 1, 2, 4])
    const each = [1, 1, 1, 2, 1].map((difference) => Math.log(1 + Math.exp(-difference)))
    expect(bradleyTerryLoss(scores, pairs)).toBeCloseTo(each.reduce((a, b) => a + b) / 5, 12)
  })
})

function round(x: number): number {
  return Math.round(x * 1e6) / 1e6 + 0
}
