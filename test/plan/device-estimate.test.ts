/** Estimates for named GPUs, against the arithmetic of papers and of data sheets. */

import { describe, expect, it } from 'vitest'
import type { PlanNode } from '../../src/core/plan.ts'
import { bind } from '../../src/model/bind.ts'
import { costOf } from '../../src/model/estimates/cost.ts'
import { deviceNamed, devices, devicesLike } from '../../src/model/estimates/devices.ts'
import { savedNumbers } from '../../src/model/gradients/saved.ts'
import { onDevice } from '../../src/plan/device-estimate.ts'
import type { Estimate } from '../../src/plan/estimate.ts'
import { architecture } from '../model/architecture.ts'

/** GPT-2 with 124 million parameters. */
const sizes = { vocab: 50_257, dim: 768, layers: 12, heads: 12, context: 1024, bias: false }

function estimateOf(batch: number, time = 1024, given: Partial<typeof sizes> = {}): Estimate {
  const { graph } = architecture('gpt2', { ...sizes, context: time, ...given })
  return {
    node: { params: {} } as unknown as PlanNode,
    model: 'gpt2',
    cost: costOf(graph, { batch, time }),
    bound: bind(graph, { batch, time }),
    batch,
    accumulate: 1,
    time,
    vocab: { size: sizes.vocab, assumed: false },
    steps: 1e9 / (batch * time),
    tokens: 1e9,
    seconds: 0,
  }
}

it('a layer keeps about the 34 bytes for each number of its width that Korthikanti et al. 2022 count', () => {
  const of = (layers: number) => {
    const { graph } = architecture('gpt2', { ...sizes, layers })
    return savedNumbers(bind(graph, { batch: 1, time: 1024 }))
  }
  const bytesInHalf = (2 * (of(3) - of(2))) / (1024 * sizes.dim)
  // Theirs include masks of dropout.
  expect(bytesInHalf).toBeGreaterThanOrEqual(30)
  expect(bytesInHalf).toBeLessThanOrEqual(34)
})

it('the state of AdamW takes 16 bytes for each parameter in float32, and 18 in bfloat16', () => {
  const estimate = estimateOf(1)
  const state = (precision: 'float32' | 'bfloat16') => {
    const { weights, gradients, optimizer } = onDevice(estimate, devices.h100, precision)!.memory
    return (weights + gradients + optimizer) / estimate.cost.parameters
  }
  expect([state('float32'), state('bfloat16')]).toEqual([16, 18])
})

it('the tokens of a second are those of 40 % of the peak, less the time of the optimizer', () => {
  const estimate = estimateOf(32)
  const { tokensPerSecond, seconds } = onDevice(estimate, devices['a100-80'], 'bfloat16')!
  const utilization = (tokensPerSecond * estimate.cost.conventionalFlops) / 312e12
  expect(utilization).toBeLessThan(0.4)
  expect(utilization).toBeGreaterThan(0.39)
  expect(seconds).toBeCloseTo(1e9 / tokensPerSecond)
})

it('proposes a batch that fits, with the same tokens in a step', () => {
  const found = onDevice(estimateOf(96), devices['rtx-4090'], 'bfloat16')!
  expect(found.fits).toBe(false)
  const { batch, accumulate } = found.instead!
  expect(batch * accumulate).toBe(96)
  expect(onDevice(estimateOf(batch), devices['rtx-4090'], 'bfloat16')!.fits).toBe(true)
})

it('counts the devices that hold a state which is too large for one', () => {
  // 1.9 billion parameters: 16 GB of weights and gradients, which each device has, and 16 GB of moments, which they divide.
  const large = estimateOf(1, 64, { dim: 4096, layers: 9, heads: 32 })
  const found = onDevice(large, devices.l4, 'float32')!
  expect(found).toMatchObject({ fits: false, devices: 3 })
  expect(found.instead).toBeUndefined()
  const { weights, gradients, optimizer } = found.memory
  const rest = found.needed - weights - gradients - optimizer
  const held = (count: number) => weights + gradients + optimizer / count + rest <= devices.l4.memory
  expect([held(2), held(3)]).toEqual([false, true])
})

it('counts the devices that hold a state together, if one cannot hold the weights and their gradients', () => {
  // 3.6 billion parameters: 59 GB for all devices, and on each two layers of 0.2 billion with their gradients.
  const found = onDevice(estimateOf(1, 64, { dim: 4096, layers: 18, heads: 32 }), devices.l4, 'float32')!
  expect(found.fits).toBe(false)
  expect(found).not.toHaveProperty('devices')
  expect(found.dividing).toBeGreaterThanOrEqual(3)
  expect(found.dividing).toBeLessThanOrEqual(4)
})

it('counts no devices if one cannot hold the weights and their gradients, or one sequence', () => {
  const found = onDevice(estimateOf(1, 2 ** 18, { layers: 4 }), devices.t4, 'float32')!
  expect(found).toMatchObject({ fits: false })
  expect(found).not.toHaveProperty('devices')
  const large = onDevice(estimateOf(1, 64, { dim: 4096, layers: 18, heads: 32 }), devices.l4, 'float32')!
  expect(large).toMatchObject({ fits: false })
  expect(large).not.toHaveProperty('devices')
  expect(found).not.toHaveProperty('dividing')
})

it('has no estimate in a precision that the device lacks', () => {
  expect(onDevice(estimateOf(1), devices.t4, 'bfloat16')).toBeUndefined()
})

describe('names', () => {
  it.each([
    ['h100', 'h100'],
    ['H100', 'h100'],
    ['RTX 4090', 'rtx-4090'],
    ['NVIDIA GeForce RTX 3090', 'rtx-3090'],
    ['A100-80', 'a100-80'],
    ['a100', undefined],
    ['', undefined],
  ])('%s', (written, name) => expect(deviceNamed(written)).toBe(name))

  it('that are incomplete are completed', () => {
    expect(devicesLike('a100')).toEqual(['a100-40', 'a100-80'])
    expect(devicesLike('4090')).toEqual(['rtx-4090'])
    expect(devicesLike('abacus')).toEqual([])
  })
})

it('no peak is one of sparse matrices: bfloat16 is at most 40 times float32', () => {
  for (const { peak } of Object.values(devices))
    if ('bfloat16' in peak) expect(peak.bfloat16 / peak.float32).toBeLessThanOrEqual(40)
})
