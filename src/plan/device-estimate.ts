/** Estimates a training on a named GPU: what its memory holds, whether it fits, and how long it takes. */

import {
  dividedMemory,
  logitBytes,
  savedBytes,
  stateMemory,
  type TrainingMemory,
} from '../model/estimates/device-memory.ts'
import type { Device } from '../model/estimates/devices.ts'
import { numeric, sizeOf } from '../model/shape.ts'
import type { Estimate } from './estimate.ts'

/**
 * The share of the peak that a training reaches (MFU, Chowdhery et al. 2022, appendix B). An assumption: well-tuned trainings of models
 * above some 100 million parameters report 35 to 55 %; smaller models reach less, because starting an operation takes longer than doing it.
 */
export const assumedUtilization = 0.4

/** Bytes that CUDA, its libraries and PyTorch's allocator take: an allowance. */
export const overhead = 1.5e9

/** The most devices that are proposed. */
const mostDividing = 1024

/** AdamW reads weights, gradients and two moments, and writes all but the gradients: bytes for each learned parameter. */
export const optimizerTraffic = 28

export type DevicePrecision = keyof Device['peak']

export interface DeviceEstimate {
  readonly precision: DevicePrecision
  /** Bytes, by purpose. */
  readonly memory: TrainingMemory & {
    readonly activations: number
    readonly overhead: number
  }
  /** The sum of `memory`. */
  readonly needed: number
  readonly fits: boolean
  readonly tokensPerSecond: number
  /** `undefined` if the number of tokens is not known yet. */
  readonly seconds: number | undefined
  /** If it does not fit: the largest smaller batch that does, with the accumulation that keeps the tokens of a step. */
  readonly instead?: { readonly batch: number; readonly accumulate: number }
  /** If not even a batch of 1 fits: the number of devices that hold it together, each with all weights and a part of the moments. */
  readonly devices?: number
  /** The same if one device cannot hold all weights: each has a part of everything. */
  readonly dividing?: number
}

/** Estimates a training on a device. `undefined` if the device does not compute in `precision`. */
export function onDevice(estimate: Estimate, device: Device, precision: DevicePrecision): DeviceEstimate | undefined {
  const peak = device.peak[precision]
  if (peak === undefined) return undefined
  const { cost, batch, accumulate, time, tokens, vocab } = estimate
  const saved = savedBytes(estimate.bound, precision)
  const memoryOf = (sequences: number): DeviceEstimate['memory'] => ({
    ...stateMemory(cost.parameters, cost.learned, precision),
    activations: (saved / batch) * sequences + logitBytes(sequences * time, vocab.size),
    overhead,
  })
  const memory = memoryOf(batch)
  const needed = sum(memory)
  const fits = needed <= device.memory
  const stepTokens = batch * accumulate * time
  const computing = (stepTokens * cost.conventionalFlops) / (peak * assumedUtilization)
  const updating = (optimizerTraffic * cost.learned) / device.bandwidth
  const tokensPerSecond = stepTokens / (computing + updating)
  const result = { precision, memory, needed, fits, tokensPerSecond, seconds: tokens && tokens / tokensPerSecond }
  if (fits) return result
  const smaller = divisors(batch * accumulate).find((each) => each < batch && sum(memoryOf(each)) <= device.memory)
  if (smaller !== undefined)
    return { ...result, instead: { batch: smaller, accumulate: (batch * accumulate) / smaller } }
  const { weights, gradients, optimizer, activations } = memoryOf(1)
  const room = device.memory - overhead - activations - weights - gradients
  if (room > 0) return { ...result, devices: Math.ceil(optimizer / room) }
  const weightsOf = estimate.bound.weights.map(({ name, shape }) => ({ name, size: sizeOf(shape.map(numeric)) }))
  const divided = (count: number) => dividedMemory(weightsOf, cost.learned, count, precision) + activations + overhead
  const dividing = Array.from({ length: mostDividing - 1 }, (_, i) => i + 2).find((n) => divided(n) <= device.memory)
  return dividing === undefined ? result : { ...result, dividing }
}

function sum(memory: DeviceEstimate['memory']): number {
  return Object.values(memory).reduce((total, bytes) => total + bytes, 0)
}

/** The divisors of a number, largest first. */
function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => n - i).filter((each) => n % each === 0)
}
