/** The cost of the trainings of a plan, as lines for people. */

import { availableParallelism } from 'node:os'
import type { DeviceName } from '../../model/estimates/devices.ts'
import { type Estimate, gigaflopsPerCore } from '../../plan/estimate.ts'
import { type HostMemory, hostMemory, totalBytes } from '../../plan/host-memory.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import { bytes, count, duration, plural, short } from '../../view/format.ts'
import { type Line, seg } from '../../view/line.ts'
import { deviceLines, deviceNote } from './device-lines.ts'
import { type EpochsOfTraining, epochLines } from './epochs.ts'
import { measuredSpeed } from './measured.ts'

/**
 * Lines for the estimates of a plan, for this machine and for the GPU `device`. Times on this machine use the measured speed of earlier
 * runs in `store`, if there are any. `epochs` are of the same trainings.
 */
export async function costLines(
  estimates: readonly Estimate[],
  store: FolderStore,
  epochs: readonly EpochsOfTraining[],
  device?: DeviceName,
): Promise<Line[]> {
  const cores = availableParallelism()
  // Variants of a stage with the same cost are shown as one.
  const alike = new Map<string, { readonly first: Estimate; readonly lines: Line[]; others: number }>()
  for (const each of estimates) {
    const lines = [
      ...stageLines(each, await measuredSpeed(each.node, store), cores),
      ...epochs.filter(({ node }) => node === each.node).flatMap(epochLines),
      ...(device === undefined ? [] : deviceLines(each, device)),
    ]
    const { id, variant } = each.node
    const key = variant === undefined ? id : `${variant.of}\n${JSON.stringify(lines)}`
    const known = alike.get(key)
    if (known === undefined) alike.set(key, { first: each, lines, others: 0 })
    else known.others++
  }
  const note = device === undefined || alike.size === 0 ? [] : [[], deviceNote(device, estimates)]
  const stages = [...alike.values()].flatMap(({ first: { node, model }, lines, others }): Line[] => {
    const more = others === 0 ? '' : `, and ${others} more ${others === 1 ? 'variant' : 'variants'} alike`
    return [[], [seg(node.name, 'bold'), seg(`  ${model}${more}`)], ...lines]
  })
  return [...stages, ...note]
}

function stageLines(estimated: Estimate, measured: number | undefined, cores: number): Line[] {
  const { node, cost, vocab, tokens, seconds } = estimated
  // Until the tokens of the data are encoded, a training that counts epochs has a time for each million of them.
  const perMillion = (1e6 * cost.trainingFlops) / (gigaflopsPerCore * 1e9 * cores)
  const unknown = tokens === undefined ? ' per million tokens' : ''
  const time =
    measured === undefined
      ? `about ${duration(seconds ?? perMillion)}${unknown}, if a core does ${gigaflopsPerCore} GFLOP/s (${cores} cores)`
      : `about ${duration((tokens ?? 1e6) / measured)}${unknown}, at the ${count(measured)} tokens/s of an earlier run`
  const memory = hostMemory(cost, node.params.engine)
  const parts = cost.parts.map(({ name, parameters }) => `${name} ${short(parameters)}`).join(', ')
  return [
    row('parameters', `${count(cost.parameters)}  (${parts})`),
    ...(cost.learned < cost.parameters ? [row('learned', `${count(cost.learned)}, without the frozen weights`)] : []),
    ...(vocab.assumed
      ? [row('', `for a vocabulary of ${vocab.size}: its size is known once the tokenizer is trained`)]
      : []),
    row('compute', `${flops(cost.trainingFlops)} per token to train, ${flops(cost.forwardFlops)} to run`),
    row('', `${flops(cost.conventionalFlops)} by the usual 6·N + 12·L·d·T`),
    row('memory', memoryInWords(memory)),
    row('tokens', tokensInWords(estimated)),
    row('time', time),
    ...(node.resources.gpus ? [row('gpus', `${node.resources.gpus}`)] : []),
    ...(node.resources.nodes ? [row('nodes', `${node.resources.nodes}`)] : []),
  ]
}

/** `4.1M learned from in total`, and the steps that they are for a training that counts epochs. */
function tokensInWords({ node, tokens, steps }: Estimate): string {
  const { epochs } = node.params
  if (tokens === undefined || steps === undefined)
    return `${epochs} × those of the data; the steps are known once they are encoded`
  return `${short(tokens)} learned from in total${typeof epochs === 'number' ? `, in ${plural(steps, 'steps')}` : ''}`
}

/** `6.09 GB: weights 1.42 GB, gradients …`. */
export function memoryInWords(memory: HostMemory, when = ''): string {
  const parts = Object.entries(memory).map(([part, size]) => `${part} ${bytes(size)}`)
  return `${bytes(totalBytes(memory))}${when}: ${parts.join(', ')}`
}

/** A line under the name of a stage. */
export function row(label: string, text: string): Line {
  return [seg(`  ${label.padEnd(13)}`, 'dim'), seg(text)]
}

/** `4.91 MFLOP`, `1.2 GFLOP`. */
export function flops(number: number): string {
  const [, digits = '', suffix = ''] = /^([\d.]+)(\D?)$/.exec(short(number)) ?? []
  return `${digits} ${suffix === 'B' ? 'G' : suffix}FLOP`
}
