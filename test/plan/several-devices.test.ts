/** Estimates for several GPUs, against arithmetic done by hand. */

import { describe, expect, it } from 'vitest'
import type { PlanNode } from '../../src/core/plan.ts'
import { bind } from '../../src/model/bind.ts'
import { costOf } from '../../src/model/estimates/cost.ts'
import { devices } from '../../src/model/estimates/devices.ts'
import { interconnects, slowestLink } from '../../src/model/estimates/interconnects.ts'
import type { Estimate } from '../../src/plan/estimate.ts'
import { onSeveral, transferredBytes } from '../../src/plan/several-devices.ts'
import { architecture } from '../model/architecture.ts'

const sizes = { vocab: 100, dim: 64, layers: 2, heads: 2, context: 1000 }
const { graph } = architecture('gpt2', sizes)
const billion = { parameters: 1e9, learned: 1e9, conventionalFlops: 6e9 }

/** A training of 64 sequences of 1000 tokens in a step, of a billion parameters and 6 GFLOP for each token. */
function training(resources: Partial<PlanNode['resources']>, hints: PlanNode['hints'] = {}, batch = 64): Estimate {
  return {
    node: { params: {}, hints, resources } as unknown as PlanNode,
    model: 'gpt2',
    cost: { ...costOf(graph, { batch, time: 1000 }), ...billion },
    bound: bind(graph, { batch, time: 1000 }),
    ...{
      batch,
      accumulate: 1,
      time: 1000,
      vocab: { size: 100, assumed: false },
      steps: 1000,
      tokens: 64e6,
      seconds: 0,
    },
  }
}

const onH100 = (...given: Parameters<typeof training>) =>
  onSeveral(training(...given), devices.h100, interconnects.h100, 'bfloat16')!

it('8 × H100: 8 sequences for each, and gradients and weights over NVLink', () => {
  const found = onH100({ gpus: 8 })
  expect(found).toMatchObject({ reserved: 8, computing: 8, shard: 'moments', rows: 8, fits: true })
  // 8 · 1000 · 6e9 / (0.4 · 989e12).
  expect(found.step.compute).toBeCloseTo(0.1213347, 6)
  // 12e9 · 7/8 bytes; 80 % of 450 GB/s.
  expect(found.transferred).toBe(10.5e9)
  expect(found.step.transfer).toBeCloseTo(0.0291667, 6)
  // 28e9 / 8 bytes at 3350 GB/s.
  expect(found.step.optimizer).toBeCloseTo(0.0010448, 6)
  // 64,000 tokens in the sum of the three.
  expect(found.tokensPerSecond).toBeCloseTo(422_314, -2)
  expect(found.seconds).toBeCloseTo(151.55, 1)
  // One alone: 64,000 tokens in 0.9706775 + 0.0083582 s.
  expect(found.efficiency).toBeCloseTo(0.80754, 4)
  // Weights in two formats and gradients, 10 bytes a parameter, and an eighth of 8.
  expect(found.memory.state).toBe(11e9)
})

it('4 nodes of 8 × H100: the ports of a node together are slower than NVLink', () => {
  const found = onH100({ gpus: 8, nodes: 4 })
  expect(found).toMatchObject({ reserved: 32, computing: 32, rows: 2 })
  expect(found.link.title).toContain('InfiniBand NDR')
  // 8 ports of 50 GB/s.
  expect(found.link.bandwidth).toBe(400e9)
  expect(found.transferred).toBe(11.625e9)
  expect(found.step.transfer).toBeCloseTo(0.0363281, 6)
  expect(found.tokensPerSecond).toBeCloseTo(956_324, -3)
  expect(found.efficiency).toBeCloseTo(0.45717, 4)
})

it('divided weights are sent for each part, while layers are computed', () => {
  const found = onH100({ gpus: 8 }, { shard: 'weights', micro_batch: 4 })
  expect(found).toMatchObject({ shard: 'weights', rows: 4 })
  // Two parts: the layers twice in bfloat16, and the gradients in float32.
  expect(found.transferred).toBe(16e9)
  expect(found.step.transfer).toBeLessThan(found.step.compute)
  expect(found.tokensPerSecond).toBeCloseTo(64_000 / (0.1213347 + 0.0010448), -2)
})

it('devices beyond the sequences of a batch stay idle', () => {
  const found = onH100({ gpus: 8 }, {}, 6)
  expect(found).toMatchObject({ reserved: 8, computing: 6, rows: 1 })
  expect(found.efficiency).toBeLessThan(6 / 8)
})

it('weights are divided if one device cannot hold them with their gradients', () => {
  // 10 bytes for each of 2 billion parameters do not fit 80 % of 24 GB beside a part of the moments.
  const large = { ...training({ gpus: 4 }), cost: { ...training({}).cost, ...billion, parameters: 2e9, learned: 2e9 } }
  expect(onSeveral(large, devices.l4, interconnects.l4, 'bfloat16')).toMatchObject({ shard: 'weights' })
  expect(onSeveral(large, devices.h100, interconnects.h100, 'bfloat16')).toMatchObject({ shard: 'moments' })
})

it('has no estimate for one device, or in a precision that it lacks', () => {
  expect(onSeveral(training({ gpus: 1 }), devices.h100, interconnects.h100, 'bfloat16')).toBeUndefined()
  expect(onSeveral(training({}), devices.h100, interconnects.h100, 'bfloat16')).toBeUndefined()
  expect(onSeveral(training({ gpus: 2 }), devices.t4, interconnects.t4, 'bfloat16')).toBeUndefined()
  expect(onSeveral(training({ nodes: 2, gpus: 1 }), devices.h100, interconnects.h100, 'bfloat16')!.reserved).toBe(2)
})

describe('transfers', () => {
  it.each([
    ['moments', 2, 1, 6e9],
    ['moments', 1, 1, 0],
    ['moments', 4, 3, 9e9],
    ['weights', 4, 3, 36e9],
  ] as const)('%s on %i devices, in %i parts', (shard, count, parts, bytes) => {
    expect(transferredBytes(billion, 'float32', shard, { devices: count, parts })).toBe(bytes)
  })

  it('go over the slowest link on their way', () => {
    expect(slowestLink(interconnects.h100, 8, true)).toMatchObject({ title: 'NVLink 4', bandwidth: 450e9 })
    expect(slowestLink(interconnects.h100, 1, false).bandwidth).toBe(50e9)
    // The machine has one port, however many of its devices are used.
    expect(slowestLink(interconnects.l4, 4, false).bandwidth).toBe(12.5e9)
    expect(slowestLink(interconnects.l4, 4, true)).toMatchObject({ title: 'PCIe 4.0 x16', bandwidth: 32e9 })
  })
})

it('the table has each device once, in bytes per second of one direction', () => {
  expect(Object.keys(interconnects)).toEqual(Object.keys(devices))
  for (const { within, between } of Object.values(interconnects)) {
    expect(within.bandwidth).toBeGreaterThanOrEqual(16e9)
    expect(within.bandwidth).toBeLessThanOrEqual(900e9)
    expect(between.bandwidth).toBeLessThan(within.bandwidth * 8)
  }
})
