import { describe, expect, it } from 'vitest'
import { checkFinite, remember } from '../../../src/train/step/divergence.ts'

describe('a loss that is not a number', () => {
  const helpOf = (losses: readonly number[], gradientNorm = 1): string => {
    try {
      checkFinite(losses.length, losses, gradientNorm)
    } catch (error) {
      return (error as { help?: string }).help ?? ''
    }
    return 'no error'
  }

  it('is blamed on the learning rate once weights have been changed', () => {
    expect(helpOf([2.1, 2.0, Number.NaN])).toContain('Lower the learning rate')
    expect(helpOf([2.1, 2.0], Number.POSITIVE_INFINITY)).toContain('Lower the learning rate')
  })

  it('is not blamed on the learning rate before any weight was changed', () => {
    for (const help of [helpOf([Number.NaN]), helpOf(remember([], 3), Number.NaN)]) {
      expect(help).toContain('The learning rate is not the cause')
      expect(help).not.toContain('Lower')
    }
  })

  it('is also detected in the gradient, and a finite number passes', () => {
    expect(helpOf([2])).toBe('no error')
  })
})
