/** The estimates of a training on a named GPU, as lines for people. */

import { enginePrecisions } from '../../engine/names.ts'
import { type Device, type DeviceName, devices } from '../../model/estimates/devices.ts'
import { interconnects, type Link } from '../../model/estimates/interconnects.ts'
import { assumedUtilization, type DeviceEstimate, type DevicePrecision, onDevice } from '../../plan/device-estimate.ts'
import type { Estimate } from '../../plan/estimate.ts'
import { assumedLinkShare, onSeveral, type SeveralDevices } from '../../plan/several-devices.ts'
import { bytes, count, duration, percent, plural, short } from '../../view/format.ts'
import { type Line, seg } from '../../view/line.ts'

/** The estimates of a training on a device: in its own precision, and in the faster one that it could have. */
export function deviceEstimates(estimate: Estimate, name: DeviceName): DeviceEstimate[] {
  return precisionsOf(estimate).flatMap((precision) => onDevice(estimate, devices[name], precision) ?? [])
}

/** The estimates of a training on all devices that it reserves, as `deviceEstimates`; none if it reserves fewer than two. */
export function severalEstimates(estimate: Estimate, name: DeviceName): SeveralDevices[] {
  return precisionsOf(estimate).flatMap(
    (precision) => onSeveral(estimate, devices[name], interconnects[name], precision) ?? [],
  )
}

/** The estimates of all trainings, for tools; empty without a device. */
export function deviceJson(estimates: readonly Estimate[], name: DeviceName | undefined): object {
  if (name === undefined) return {}
  const stages = estimates.map((each) => {
    const several = severalEstimates(each, name)
    return {
      stage: each.node.name,
      estimates: deviceEstimates(each, name),
      ...(several.length > 0 ? { several } : {}),
    }
  })
  const { within, between } = interconnects[name]
  const links = { within, between, linkShare: assumedLinkShare }
  return { device: { name, ...devices[name], utilization: assumedUtilization, ...links }, stages }
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
    ...severalEstimates(estimate, name).flatMap((each) =>
      severalLines(each, device, each.precision === own ? `${each.reserved} × ${name}` : ''),
    ),
  ]
}

/** The estimate on all devices that a training reserves. */
function severalLines(found: SeveralDevices, device: Device, label: string): Line[] {
  const { precision, reserved, computing, shard, rows, memory, needed, fits, transferred, link, step } = found
  const { tokensPerSecond, seconds, efficiency } = found
  const parts = Object.entries(memory).map(([part, size]) => `${part === 'overhead' ? 'CUDA' : part} ${bytes(size)}`)
  const state = `each with a part of the ${shard === 'moments' ? 'moments' : 'weights, gradients and moments'}`
  const idle = reserved - computing
  return [
    line(
      label,
      `${label === '' ? `with \`precision: ${precision}\`` : precision}, ${state}: ${bytes(needed)} of ${bytes(device.memory)}: ${parts.join(', ')}; ${plural(rows, 'sequences')} at once`,
      !fits,
    ),
    ...(fits ? [] : [line('', 'does not fit', true)]),
    ...(idle === 0 ? [] : [line('', `${idle} of them stay idle: a batch has ${plural(computing, 'sequences')}`, true)]),
    line(
      '',
      `${fits ? 'about' : 'with more memory, about'} ${count(tokensPerSecond)} tokens/s${seconds === undefined ? '' : `, ${duration(seconds)} in total`}: ${percent(efficiency)} of ${reserved} times one`,
    ),
    line(
      '',
      `a step: ${shortTime(step.compute)} of products, ${shortTime(step.transfer)} for ${bytes(transferred)} over ${link.title}${shard === 'weights' ? ' meanwhile' : ''}, ${shortTime(step.optimizer)} of the optimizer`,
    ),
  ]
}

/** `12.3 ms`, or `34.8s` from one second on. */
function shortTime(seconds: number): string {
  return seconds < 0.9995 ? `${(1000 * seconds).toPrecision(3)} ms` : duration(seconds)
}

/** The source of the figures and the assumptions behind the times; of transfers too, if a training has several devices. */
export function deviceNote(name: DeviceName, estimates: readonly Estimate[]): Line {
  const { title, source } = devices[name]
  const share = percent(assumedUtilization)
  const text = `${name}: ${title} (${source}). Times assume ${share} of its peak, which small models do not reach; activations are those of \`engine: torch\`.`
  const hasSeveral = estimates.some((each) => severalEstimates(each, name).length > 0)
  return [seg(hasSeveral ? `${text} ${linksInWords(name)}` : text, 'dim')]
}

function linksInWords(name: DeviceName): string {
  const { within, between } = interconnects[name]
  const inWords = ({ title, bandwidth, source }: Link) => `${title}, ${bytes(bandwidth)}/s each way (${source})`
  return `Transfers reach ${percent(assumedLinkShare)} of ${inWords(within)}; between nodes, of ${inWords(between)}.`
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
    line(
      '',
      `${fits || found.instead !== undefined ? 'about' : 'with more memory, about'} ${count(tokensPerSecond)} tokens/s${seconds === undefined ? '' : `, ${duration(seconds)} in total`}, of a peak of ${peak}`,
    ),
  ]
}

function wayOut({ instead, devices: several, dividing }: DeviceEstimate, { time }: Estimate): string {
  if (instead !== undefined)
    return `does not fit at once; it is computed in parts, as \`batch: ${instead.batch}, accumulate: ${instead.accumulate}\` would be`
  if (dividing !== undefined)
    return `does not fit; one sequence at a time, ${dividing} of them would hold it, each with a part of the weights, gradients and moments`
  if (several === undefined)
    return `does not fit, not even one sequence of ${plural(time, 'tokens')} beside the weights: lower \`context\`, or take a smaller model`
  return `does not fit; one sequence at a time, ${several} of them would hold it, each with a part of the moments`
}

function line(label: string, text: string, isWarning = false): Line {
  return [seg(`  ${label.padEnd(13)}`, 'dim'), isWarning ? seg(text, 'warn') : seg(text)]
}
