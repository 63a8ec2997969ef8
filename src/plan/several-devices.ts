/**
 * Estimates a training on several GPUs of one kind, as the engine torch divides it (src/engine/torch/division.ts): what each holds, what they send each
 * other in a step, and how long a step takes.
 */

import {
  dividedMemory,
  logitBytes,
  rowsThatFit,
  savedBytes,
  stateMemory,
  usableShare,
} from '../model/estimates/device-memory.ts'
import type { Device } from '../model/estimates/devices.ts'
import { type Interconnect, type Link, slowestLink } from '../model/estimates/interconnects.ts'
import { numeric, sizeOf } from '../model/shape.ts'
import { assumedUtilization, type DevicePrecision, optimizerTraffic, overhead } from './device-estimate.ts'
import type { Estimate } from './estimate.ts'

/**
 * The share of the bandwidth of a link that transfers reach. An author of NCCL: of the 450 GB/s of NVLink 4, its protocol leaves 370
 * (https://github.com/NVIDIA/nccl-tests/issues/212).
 */
export const assumedLinkShare = 0.8

export interface SeveralDevices {
  readonly precision: DevicePrecision
  /** The devices that are reserved, and those that compute: no more than a batch has sequences. */
  readonly reserved: number
  readonly computing: number
  /** How they share the weights: see TrainOptions in src/engine/training-session.ts. */
  readonly shard: 'moments' | 'weights'
  /** The sequences that each computes at once. */
  readonly rows: number
  /** Bytes on each device, by purpose. */
  readonly memory: { readonly state: number; readonly activations: number; readonly overhead: number }
  /** The sum of `memory`. */
  readonly needed: number
  readonly fits: boolean
  /** Bytes that each device sends and receives in a step. */
  readonly transferred: number
  /** The slowest link on their way. */
  readonly link: Link
  /** Seconds of a step: products, transfers, and the optimizer. With `shard: weights`, transfers go on while layers are computed. */
  readonly step: { readonly compute: number; readonly transfer: number; readonly optimizer: number }
  readonly tokensPerSecond: number
  /** `undefined` if the number of tokens is not known yet. */
  readonly seconds: number | undefined
  /** The tokens per second, divided by those of one such device times those that are reserved. */
  readonly efficiency: number
}

/**
 * Estimates a training on the devices that its node reserves: `gpus` on each of `nodes`. `undefined` if these are fewer than two, or do not compute in
 * `precision`.
 */
export function onSeveral(
  estimate: Estimate,
  device: Device,
  interconnect: Interconnect,
  precision: DevicePrecision,
): SeveralDevices | undefined {
  const peak = device.peak[precision]
  const { node, cost, batch, accumulate, time, tokens, vocab, bound } = estimate
  const { gpus = 0, nodes = 1 } = node.resources
  const reserved = gpus * nodes
  if (peak === undefined || reserved < 2) return undefined
  const computing = Math.min(reserved, batch)

  // The memory of a device.
  const { weights, gradients, optimizer } = stateMemory(cost.parameters, cost.learned, precision)
  const isTooLarge = weights + gradients + optimizer / computing > usableShare * device.memory
  const asked = node.hints.shard
  const shard = asked === 'moments' || asked === 'weights' ? asked : isTooLarge ? 'weights' : 'moments'
  const sizes = bound.weights.map(({ name, shape }) => ({ name, size: sizeOf(shape.map(numeric)) }))
  const state =
    shard === 'moments'
      ? weights + gradients + optimizer / computing
      : dividedMemory(sizes, cost.learned, computing, precision)
  const saved = savedBytes(bound, precision) / batch
  const activationsOf = (rows: number) => saved * rows + logitBytes(rows * time, vocab.size)
  const share = Math.ceil(batch / computing)
  const { micro_batch: micro } = node.hints
  const fits = (rows: number) => state + activationsOf(rows) <= usableShare * device.memory
  const rows = Math.min(share, typeof micro === 'number' ? micro : rowsThatFit(share, fits))
  const memory = { state, activations: activationsOf(rows), overhead }
  const needed = memory.state + memory.activations + memory.overhead

  // A step.
  const sent = transferredBytes(cost, precision, shard, {
    devices: computing,
    parts: accumulate * Math.ceil(share / rows),
  })
  const link = slowestLink(interconnect, gpus, computing <= gpus)
  const flops = cost.conventionalFlops / (peak * assumedUtilization)
  const step = {
    compute: accumulate * share * time * flops,
    transfer: sent / (assumedLinkShare * link.bandwidth),
    optimizer: (optimizerTraffic * cost.learned) / computing / device.bandwidth,
  }
  const duration =
    (shard === 'weights' ? Math.max(step.compute, step.transfer) : step.compute + step.transfer) + step.optimizer
  const stepTokens = batch * accumulate * time
  const tokensPerSecond = stepTokens / duration
  const alone = stepTokens / (stepTokens * flops + (optimizerTraffic * cost.learned) / device.bandwidth)
  return {
    ...{ precision, reserved, computing, shard, rows, memory, needed, fits: needed <= device.memory },
    ...{ transferred: sent, link, step, tokensPerSecond, seconds: tokens && tokens / tokensPerSecond },
    efficiency: tokensPerSecond / (reserved * alone),
  }
}

/**
 * The bytes that each of several devices sends, and as many it receives, in a step of `parts` passes forward and backward. Sums and
 * stretches that everybody gets go around a ring (Patarasuk and Yuan 2009):
 *
 *     moments   the gradients are summed once, 2·4·L·(n − 1)/n, and the updated weights shared, 4·L·(n − 1)/n
 *     weights   in each pass all layers are sent twice, forward and backward, and their gradients summed where the weights are: 4·L
 */
export function transferredBytes(
  { parameters, learned }: Pick<Estimate['cost'], 'parameters' | 'learned'>,
  precision: DevicePrecision,
  shard: SeveralDevices['shard'],
  { devices, parts }: { readonly devices: number; readonly parts: number },
): number {
  if (devices < 2) return 0
  if (shard === 'moments') return (12 * learned * (devices - 1)) / devices
  return parts * (2 * layerBytes[precision] * parameters + 4 * learned)
}

/** The bytes of a number of a layer that is sent. */
const layerBytes = { float32: 4, bfloat16: 2 } as const
