/**
 * Training and generation of the engine `torch` on a GPU, beside a training loop written by hand in PyTorch.
 *
 *     npm run bench gpu -- [--sizes 124M-1024,350M-1024] [--rounds N] [--device h100] [--precision bfloat16]
 *
 * Pre-training steps of GPT-2 small and medium with 1024 tokens of context; steps of fine-tuning on packed conversations; tokens per second of
 * generation for 1 and for 64 texts; and whether a training that is resumed from a checkpoint ends in the same bytes. One process at a
 * time has the GPU, and each is warm when it is measured. Most of the time goes into compiling. MFU is the share of the peak of the device
 * (src/model/estimates/devices.ts; `--device` names it if its own name does not), counting 6·N + 12·L·d·T FLOP for a token. Memory is that of the GPU, as `nvidia-smi` reports it. The Python is the one that the engine finds; `llmpipe doctor` says which.
 */

import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { loadEngine } from '../../src/engine/load.ts'
import { precisions } from '../../src/engine/names.ts'
import { findPython } from '../../src/engine/torch/python/find.ts'
import { costOf } from '../../src/model/estimates/cost.ts'
import { type Device, deviceNamed, devices, devicesLike } from '../../src/model/estimates/devices.ts'
import { machine, median } from '../measure.ts'
import { answer, Peer } from '../peers.ts'
import { modelOf, trainingStep } from '../train/ours.ts'
import { type Size, sizes } from '../train/sizes.ts'
import { generation, packedStep, resumeEquality, writtenTokens } from './work.ts'

const { values: flags } = parseArgs({
  options: {
    sizes: { type: 'string', default: '124M-1024,350M-1024' },
    rounds: { type: 'string', default: '3' },
    device: { type: 'string' },
    precision: { type: 'string', default: 'bfloat16' },
    /** Set in the processes that this program starts: what they measure. */
    measures: { type: 'string' },
  },
})
const threads = availableParallelism()
const precision =
  precisions.find((each) => each === flags.precision) ?? fail(`there is no precision ${flags.precision}`)

interface Machine {
  readonly python: string
  readonly isGpu: boolean
  /** FLOP/s; `undefined` for an unknown device. */
  readonly peak: number | undefined
}

/** The answer of a process: the mean time of what it was asked to do once, in seconds. */
interface Measured {
  readonly mean: number
}

type Work = 'step' | 'packed' | 'write-1' | 'write-64' | 'resume'

if (flags.measures === undefined) await compare()
else await measure(flags.measures as Work, sizeCalled(flags.sizes))

async function measure(work: Work, size: Size): Promise<void> {
  const engine = await loadEngine('torch')
  if (work === 'resume') return answer(async () => ({ same: await resumeEquality(engine, size, threads, precision) }))
  if (work === 'write-1' || work === 'write-64') {
    const write = generation(engine, size, { texts: work === 'write-1' ? 1 : 64, threads })
    return answer<number>(async () => ({ mean: await seconds(write) }))
  }
  const { step, finish } = await (work === 'step' ? trainingStep : packedStep)(engine, size, threads, precision)
  return answer<number>(async (steps): Promise<Measured> => {
    const all = await seconds(async () => {
      for (let i = 0; i < steps; i++) await step()
      await finish()
    })
    return { mean: all / steps }
  })
}

async function compare(): Promise<void> {
  const python = await findPython()
  const device = python.devices.find(({ kind }) => kind === 'cuda')
  if (device === undefined)
    console.log('PyTorch sees no GPU: the CPU is measured, which shows no more than that this runs\n')
  const [named] = flags.device === undefined ? devicesLike(device?.name ?? '') : [deviceNamed(flags.device)]
  const sheet: Device | undefined = named && devices[named]
  if (sheet !== undefined) console.log(`MFU is of the peak of ${sheet.title} (${sheet.source})`)
  const { description } = await loadEngine('torch')
  console.log(`${machine()}; ${description}, ${precision}`)
  for (const name of flags.sizes.split(','))
    await compareAt(name, sizeCalled(name), {
      python: python.path,
      isGpu: device !== undefined,
      peak: sheet?.peak[precision],
    })
  // The engine of this process would hold it.
  process.exit()
}

async function compareAt(name: string, size: Size, { python, isGpu, peak }: Machine): Promise<void> {
  const { batch, context, vocab, steps } = size
  const own = (work: Work) =>
    new Peer(work, process.execPath, [process.argv[1]!, '--measures', work, '--sizes', name, '--precision', precision])
  const given = {
    ...size,
    threads,
    how: isGpu ? 'compiled' : 'eager',
    device: isGpu ? 'cuda' : 'cpu',
    dtype: precision,
  }
  const flops = costOf(modelOf(size).graph, { batch, time: context, vocab }).conventionalFlops
  const rowOf = ({ mean, memory }: Run, tokens: number, isTraining: boolean) => ({
    'tokens/s': Math.round(tokens / mean),
    ms: (mean * 1e3).toFixed(1),
    MFU: isTraining && peak !== undefined ? `${((100 * flops * tokens) / mean / peak).toFixed(1)} %` : '',
    'GPU GB': memory === undefined ? '' : (memory / 2 ** 30).toFixed(1),
  })
  const tokens = batch * context
  const written = writtenTokens(size)
  const loop = await run(new Peer('loop', python, ['bench/train/peer.py', JSON.stringify(given)]), steps)
  const step = await run(own('step'), steps)
  const packed = await run(own('packed'), steps)
  const one = await run(own('write-1'), 1)
  const many = await run(own('write-64'), 1)
  console.log(`\n${name}: ${batch} × ${context} tokens a step`)
  console.table({
    'pretrain, loop by hand': rowOf(loop, tokens, true),
    'pretrain, llmpipe': rowOf(step, tokens, true),
    'sft, llmpipe': rowOf(packed, tokens, true),
    'generate, 1 text': rowOf(one, written, false),
    'generate, 64 texts': rowOf(many, 64 * written, false),
  })
  console.log(`llmpipe, times the loop by hand: ${(loop.mean / step.mean).toFixed(3)}`)
  const resumes = own('resume')
  const { same } = await resumes.ask<{ readonly same: boolean }>(1)
  resumes.end()
  console.log(`resumed from a checkpoint: ${same ? 'the same bytes' : 'OTHER BYTES'}`)
}

interface Run extends Measured {
  /** The memory of the GPU in use at the end, in bytes. */
  readonly memory?: number | undefined
}

/** Warms a process up, measures it, and ends it. */
async function run(peer: Peer, count: number): Promise<Run> {
  await peer.ask(Math.min(count, 3))
  const means: number[] = []
  for (let round = 0; round < Number(flags.rounds); round++) means.push((await peer.ask<Measured>(count)).mean)
  const memory = memoryInUse()
  peer.end()
  return { mean: median(means), memory }
}

function memoryInUse(): number | undefined {
  const { status, stdout } = spawnSync('nvidia-smi', ['--query-gpu=memory.used', '--format=csv,noheader,nounits'], {
    encoding: 'utf8',
  })
  return status === 0 ? Number.parseInt(stdout, 10) * 2 ** 20 : undefined
}

function sizeCalled(name: string): Size {
  return sizes[name] ?? fail(`there is no size ${name}; the sizes are ${Object.keys(sizes).join(', ')}`)
}

async function seconds(act: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await act()
  return (performance.now() - begin) / 1e3
}

function fail(message: string): never {
  throw new Error(message)
}
