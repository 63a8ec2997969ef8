/** Estimates a training on a named GPU: what its memory holds, whether it fits, and how long it takes. */

import type { Device } from '../model/devices.ts'
import { savedNumbers } from '../model/saved.ts'
import type { Estimate } from './estimate.ts'

/**
 * The share of the peak that a training reaches (MFU, Chowdhery et al. 2022, appendix B). An assumption: well-tuned trainings of models
 * above some 100 million parameters report 35 to 55 %; smaller models reach less, because starting an operation takes longer than doing it.
 */
export const assumedUtilization = 0.4

/** Bytes that CUDA, its libraries and PyTorch's allocator take: an allowance. */
const overhead = 1.5e9

/** The most numbers in the logits that are computed at once, for which there are three arrays: src/engine/torch/emit/chunked.ts. */
const logitsAtOnce = 2 ** 26

/** AdamW reads weights, gradients and two moments, and writes all but the gradients: bytes for each learned parameter. */
const optimizerTraffic = 28

export type DevicePrecision = keyof Device['peak']

export interface DeviceEstimate {
  readonly precision: DevicePrecision
  /** Bytes, by purpose. In bfloat16 the weights have a copy in 16 bits. */
  readonly memory: {
    readonly weights: number
    readonly gradients: number
    readonly optimizer: number
    readonly activations: number
    readonly overhead: number
  }
  /** The sum of `memory`. */
  readonly needed: number
  readonly fits: boolean
  readonly tokensPerSecond: number
  readonly seconds: number
  /** If it does not fit: the largest smaller batch that does, with the accumulation that keeps the tokens of a step. */
  readonly instead?: { readonly batch: number; readonly accumulate: number }
  /** If not even a batch of 1 fits: the number of devices that hold it together, each with a part of the state. */
  readonly devices?: number
}

/** Estimates a training on a device. `undefined` if the device does not compute in `precision`. */
export function onDevice(estimate: Estimate, device: Device, precision: DevicePrecision): DeviceEstimate | undefined {
  const peak = device.peak[precision]
  if (peak === undefined) return undefined
  const { cost, batch, accumulate, time, tokens, vocab } = estimate
  const saved = (precision === 'bfloat16' ? 2 : 4) * savedNumbers(estimate.bound)
  const memoryOf = (sequences: number): DeviceEstimate['memory'] => ({
    weights: (precision === 'bfloat16' ? 6 : 4) * cost.parameters,
    gradients: 4 * cost.learned,
    optimizer: 8 * cost.learned,
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
  const result = { precision, memory, needed, fits, tokensPerSecond, seconds: tokens / tokensPerSecond }
  if (fits) return result
  const smaller = divisors(batch * accumulate).find((each) => each < batch && sum(memoryOf(each)) <= device.memory)
  if (smaller !== undefined)
    return { ...result, instead: { batch: smaller, accumulate: (batch * accumulate) / smaller } }
  const { weights, gradients, optimizer, activations } = memoryOf(1)
  const room = device.memory - overhead - activations
  return room <= 0 ? result : { ...result, devices: Math.ceil((weights + gradients + optimizer) / room) }
}

function logitBytes(rows: number, vocab: number): number {
  return 3 * 4 * Math.min(logitsAtOnce, rows * vocab)
}

function sum(memory: DeviceEstimate['memory']): number {
  return Object.values(memory).reduce((total, bytes) => total + bytes, 0)
}

/** The divisors of a number, largest first. */
function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => n - i).filter((each) => n % each === 0)
}
