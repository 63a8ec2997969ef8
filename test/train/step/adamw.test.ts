/** AdamW against PyTorch's, whose weights after each step golden/adamw.py wrote down; and what the kernels promise. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ParameterSlot } from '../../../src/engine/training-session.ts'
import { AdamW, clipFactor } from '../../../src/train/step/adamw.ts'
import { layOut } from '../../../src/train/weights/parameters.ts'
import { numbersIn } from '../numbers-in.ts'

const golden = JSON.parse(readFileSync('test/train/golden/adamw.json', 'utf8')) as {
  readonly norms: readonly number[]
  readonly weights: readonly (readonly number[])[]
}
const number = (i: number, step: number) => ((0.37 * (i + 1) * (step + 2)) % 1) - 0.5
const settings = { lr: 1e-2, betas: [0.9, 0.99], eps: 1e-8, weight_decay: 0.1 } as const

/** Slots of these sizes, of which the first `decayed` decay. */
function slotsOf(sizes: readonly number[], decayed: number): ParameterSlot[] {
  const tensor = (size: number, i: number) =>
    ({ name: `w${i}`, shape: [size], init: { type: 'constant', value: 0 }, decay: i < decayed, node: i }) as const
  return [...layOut(sizes.map(tensor))]
}

/** The one array of an optimizer with one bank. */
function arrayOf(optimizer: AdamW, name: Parameters<AdamW['pieces']>[0]): Float32Array {
  const [piece, ...others] = optimizer.pieces(name)
  expect(others).toEqual([])
  return piece!
}

describe('AdamW', () => {
  it('makes the steps PyTorch makes: bias correction, decay of a group, clipping by global norm', () => {
    const optimizer = new AdamW(slotsOf([32, 16], 1), settings)
    const [weights, gradients] = [arrayOf(optimizer, 'weights'), arrayOf(optimizer, 'gradients')]
    weights.set(weights.map((_, i) => number(i, -1)))
    for (const [step, expected] of golden.weights.entries()) {
      optimizer.clear()
      gradients.set(gradients.map((_, i) => number(i, step)))
      expect(optimizer.norm()).toBeCloseTo(golden.norms[step]!, 5)
      optimizer.update(step + 1, settings.lr / (step + 1), clipFactor(optimizer.norm(), 1))
      for (const [i, weight] of expected.entries()) expect(weights[i]).toBeCloseTo(weight, 6)
    }
  })

  it('takes the norm of gradients in double precision', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, min: -1e3, max: 1e3 }), { minLength: 64, maxLength: 64 }),
        (values) => {
          const optimizer = new AdamW(slotsOf([64], 0), settings)
          const gradients = arrayOf(optimizer, 'gradients')
          gradients.set(values)
          const sum = gradients.reduce((total, value) => total + value * value, 0)
          expect(optimizer.norm()).toBeCloseTo(Math.sqrt(sum), 9)
          optimizer.clear()
          expect(optimizer.norm()).toBe(0)
        },
      ),
    )
  })

  it('reports a gradient that is not a number', () => {
    const optimizer = new AdamW(slotsOf([16], 1), settings)
    arrayOf(optimizer, 'gradients')[7] = Number.NaN
    expect(optimizer.norm()).toBeNaN()
  })

  it('leaves weights whose gradient is 0 and that do not decay', () => {
    const optimizer = new AdamW(slotsOf([16, 16], 1), settings)
    const weights = arrayOf(optimizer, 'weights')
    weights.fill(0.5)
    optimizer.update(1, 0.1, 1)
    expect(weights[0]).toBeCloseTo(0.5 * 0.99, 6)
    expect(weights[16]).toBe(0.5)
  })

  it('makes the same bytes with several banks, and with slots that are larger than a bank', () => {
    // Sizes between multiples of the parts in which large slots are copied, and of the capacity.
    const slots = slotsOf([40_000, 7, 160, 16_400, 33], 3)
    const made = [2 ** 20, 40_016, 16_416, 192, 16].map((capacity) => new AdamW(slots, settings, capacity))
    expect(made.map((each) => each.pieces('weights').length)).toEqual([1, 2, 4, 4, 5])
    const results = made.map((optimizer) => {
      const tensors = Object.values(optimizer.tensors('weights'))
      for (const [t, { data }] of tensors.entries()) data.set(Float32Array.from(data, (_, i) => number(i, t)))
      const norms = [1, 2, 3].map((step) => {
        for (const [t, { data }] of Object.values(optimizer.tensors('gradients')).entries())
          data.set(Float32Array.from(data, (_, i) => number(i, step + t)))
        const norm = optimizer.norm()
        optimizer.update(step, settings.lr, clipFactor(norm, 1))
        return norm
      })
      const arrays = (['weights', 'first', 'second'] as const).map((name) => numbersIn(optimizer.tensors(name)))
      return { norms, arrays }
    })
    expect(new Set(results[0]!.arrays[0]).size).toBeGreaterThan(300)
    for (const result of results) expect(result).toEqual(results[0])
  })

  it('has room for more numbers than a memory of 32-bit addresses holds', () => {
    // Nothing is written, so that no memory is taken.
    const optimizer = new AdamW(slotsOf([200e6, 200e6], 2), settings)
    const lengths = optimizer.pieces('second').map(({ length }) => length)
    expect(lengths).toEqual([200e6, 200e6])
  })

  it('runs the kernels that scripts/kernels.mjs makes of their source', () => {
    execFileSync(process.execPath, ['scripts/kernels.mjs', '--check'])
  })
})
