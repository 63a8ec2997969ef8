/** The estimates of a training on a named GPU, as lines for people. */

import { enginePrecisions } from '../../engine/names.ts'
import { type Device, type DeviceName, devices } from '../../model/devices.ts'
import { assumedUtilization, type DeviceEstimate, type DevicePrecision, onDevice } from '../../plan/device-estimate.ts'
import type { Estimate } from '../../plan/estimate.ts'
import { bytes, count, duration, percent, plural, short } from '../../view/format.ts'
import { type Line, seg } from '../../view/line.ts'

/** The estimates of a training on a device: in its own precision, and in the faster one that it could have. */
export function deviceEstimates(estimate: Estimate, name: DeviceName): DeviceEstimate[] {
  return precisionsOf(estimate).flatMap((precision) => onDevice(estimate, devices[name], precision) ?? [])
}

/** The estimates of all trainings, for tools; empty without a device. */
export function deviceJson(estimates: readonly Estimate[], name: DeviceName | undefined): object {
  if (name === undefined) return {}
  const stages = estimates.map((each) => ({ stage: each.node.name, estimates: deviceEstimates(each, name) }))
  return { device: { name, ...devices[name], utilization: assumedUtilization }, stages }
}

export function deviceLines(estimate: Estimate, name: DeviceName): Line[] {
  const device: Device = devices[name]
  const [own] = precisionsOf(estimate)
  const without = device.peak[own!] === undefined ? [line(name, `has no products in ${own}`, true)] : []
  return [
    ...without,
    ...deviceEstimates(estimate, name).flatMap((each) =>
      linesOf(each, estimate, device, each.precision === own ? name : ''),
    ),
  ]
}

/** The source of the figures and the assumption behind the times. */
export function deviceNote(name: DeviceName): Line {
  const { title, source } = devices[name]
  const share = percent(assumedUtilization)
  const text = `${name}: ${title} (${source}). Times assume ${share} of its peak, which small models do not reach; activations are those of \`engine: torch\`.`
  return [seg(text, 'dim')]
}

function precisionsOf({ node }: Estimate): DevicePrecision[] {
  const own: DevicePrecision = node.params.precision === 'bfloat16' ? 'bfloat16' : 'float32'
  return [own, ...enginePrecisions.torch.filter((each) => each !== own && each === 'bfloat16')]
}

function linesOf(found: DeviceEstimate, estimate: Estimate, device: Device, name: string): Line[] {
  const { precision, memory, needed, fits, tokensPerSecond, seconds } = found
  const parts = Object.entries(memory).map(([part, size]) => `${part === 'overhead' ? 'CUDA' : part} ${bytes(size)}`)
  const peak = `${short(device.peak[precision]! / 1e12)} TFLOP/s`
  return [
    line(
      name,
      `${name === '' ? `with \`precision: ${precision}\`` : precision}: ${bytes(needed)} of ${bytes(device.memory)}: ${parts.join(', ')}`,
      !fits,
    ),
    ...(fits ? [] : [line('', wayOut(found, estimate), true)]),
    line('', `about ${count(tokensPerSecond)} tokens/s, ${duration(seconds)} in total, of a peak of ${peak}`),
  ]
}

function wayOut({ instead, devices: several }: DeviceEstimate, { time }: Estimate): string {
  if (instead !== undefined)
    return `does not fit at once; it is computed in parts, as \`batch: ${instead.batch}, accumulate: ${instead.accumulate}\` would be`
  if (several === undefined)
    return `does not fit, not even one sequence of ${plural(time, 'tokens')}: lower \`context\``
  return `does not fit; one sequence at a time, ${several} of them would hold it, each a part of the weights, gradients and moments`
}

function line(label: string, text: string, isWarning = false): Line {
  return [seg(`  ${label.padEnd(13)}`, 'dim'), isWarning ? seg(text, 'warn') : seg(text)]
}
