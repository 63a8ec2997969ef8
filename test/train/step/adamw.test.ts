/** AdamW against PyTorch's, whose weights after each step golden/adamw.py wrote down; and what the kernels promise. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AdamW, clipFactor } from '../../../src/train/step/adamw.ts'

const golden = JSON.parse(readFileSync('test/train/golden/adamw.json', 'utf8')) as {
  readonly norms: readonly number[]
  readonly weights: readonly (readonly number[])[]
}
const number = (i: number, step: number) => ((0.37 * (i + 1) * (step + 2)) % 1) - 0.5
const settings = { lr: 1e-2, betas: [0.9, 0.99], eps: 1e-8, weight_decay: 0.1 } as const

describe('AdamW', () => {
  it('makes the steps PyTorch makes: bias correction, decay of a group, clipping by global norm', () => {
    const optimizer = new AdamW(48, 32, settings)
    optimizer.weights.set(optimizer.weights.map((_, i) => number(i, -1)))
    for (const [step, expected] of golden.weights.entries()) {
      optimizer.clear()
      optimizer.gradients.set(optimizer.gradients.map((_, i) => number(i, step)))
      expect(optimizer.norm()).toBeCloseTo(golden.norms[step]!, 5)
      optimizer.update(step + 1, settings.lr / (step + 1), clipFactor(optimizer.norm(), 1))
      for (const [i, weight] of expected.entries()) expect(optimizer.weights[i]).toBeCloseTo(weight, 6)
    }
  })

  it('takes the norm of gradients in double precision', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, min: -1e3, max: 1e3 }), { minLength: 64, maxLength: 64 }),
        (values) => {
          const optimizer = new AdamW(64, 0, settings)
          optimizer.gradients.set(values)
          const sum = optimizer.gradients.reduce((total, value) => total + value * value, 0)
          expect(optimizer.norm()).toBeCloseTo(Math.sqrt(sum), 9)
          optimizer.clear()
          expect(optimizer.norm()).toBe(0)
        },
      ),
    )
  })

  it('reports a gradient that is not a number', () => {
    const optimizer = new AdamW(16, 16, settings)
    optimizer.gradients[7] = Number.NaN
    expect(optimizer.norm()).toBeNaN()
  })

  it('leaves weights whose gradient is 0 and that do not decay', () => {
    const optimizer = new AdamW(32, 16, settings)
    optimizer.weights.fill(0.5)
    optimizer.update(1, 0.1, 1)
    expect(optimizer.weights[0]).toBeCloseTo(0.5 * 0.99, 6)
    expect(optimizer.weights[16]).toBe(0.5)
  })

  it('refuses what no memory of 32-bit addresses holds, with a way out', () => {
    expect(() => new AdamW(300e6, 0, settings)).toThrow(/300,000,000 parameters/)
  })

  it('runs the kernels that scripts/kernels.mjs makes of their source', () => {
    execFileSync(process.execPath, ['scripts/kernels.mjs', '--check'])
  })
})
