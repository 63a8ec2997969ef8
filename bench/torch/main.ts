/**
 * Training steps of the engine `torch`, compared with a training loop written by hand in PyTorch, and the cost of driving it from Node.
 *
 *     npm run bench torch -- [--sizes 0.2M,0.8M,10M,124M] [--rounds N] [--threads N] [--compile]
 *
 * Each round measures in turn, each in a process of its own that is warm: a loop in the manner of nanoGPT (bench/train/peer.py); the emitted
 * module in the engine's own training session, driven from Python (alone.py); and the same driven from Node, as `pretrain` drives it. The
 * difference of the last two is the cost of Node: both have the environment of the engine's worker. It includes the time that Node takes from the
 * threads that compute, unless a core is left for it: `--sizes 0.2M --threads 1`. Times are means over the steps of a round. With `--compile` all
 * three use `torch.compile`. The Python is the one that the engine finds; `llmpipe doctor` says which.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadEngine } from '../../src/engine/load.ts'
import { findPython } from '../../src/engine/torch/python/find.ts'
import { trainingOf as commandOf } from '../../src/engine/torch/session.ts'
import { workerEnvironment } from '../../src/engine/torch/worker-process.ts'
import { machine, median } from '../measure.ts'
import { answer, Peer } from '../peers.ts'
import { trainingOf, trainingStep } from '../train/ours.ts'
import { type Size, sizes } from '../train/sizes.ts'

const { values: flags } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10M,124M' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: `${availableParallelism()}` },
    compile: { type: 'boolean', default: false },
    /** Set in the processes that this program starts to measure steps. */
    measures: { type: 'boolean', default: false },
  },
})
const threads = Number(flags.threads)

/** The answer of a process that has made steps. */
interface Measured {
  /** The mean time of a step, in seconds. */
  readonly mean: number
  /** The mean processor time of a step in this process, in seconds: that of Node is without the worker. */
  readonly processor: number
}

const names = { loop: 'loop by hand', alone: 'llmpipe’s module, from Python', node: 'llmpipe, from Node' } as const

if (flags.measures) await measure(sizes[flags.sizes]!)
else await compare()

async function measure(size: Size): Promise<void> {
  const { step, finish } = await trainingStep(await loadEngine('torch'), size, threads)
  await answer<number>(async (steps): Promise<Measured> => {
    const start = performance.now()
    const before = process.cpuUsage()
    for (let i = 0; i < steps; i++) await step()
    await finish()
    const { user, system } = process.cpuUsage(before)
    return { mean: (performance.now() - start) / 1e3 / steps, processor: (user + system) / 1e6 / steps }
  })
}

async function compare(): Promise<void> {
  process.env.LLMPIPE_TORCH_COMPILE = flags.compile ? '1' : '0'
  const python = await findPython()
  console.log(`${machine()}; PyTorch ${python.torch}, ${threads} threads, ${flags.compile ? 'compiled' : 'eager'}`)
  console.log(`${flags.rounds} rounds in turn, medians\n`)
  const scratch = mkdtempSync(join(tmpdir(), 'llmpipe-bench-'))
  try {
    for (const name of flags.sizes.split(',')) {
      const size = sizes[name]
      if (size === undefined)
        throw new Error(`there is no size ${name}; the sizes are ${Object.keys(sizes).join(', ')}`)
      await compareAt(name, size, python.path, scratch)
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function compareAt(name: string, size: Size, python: string, scratch: string): Promise<void> {
  const { batch, context, dim, layers, vocab, steps } = size
  console.log(
    `${name} parameters: ${layers} layers, width ${dim}, ${batch} × ${context} tokens a step, vocabulary ${vocab}`,
  )
  const command = join(scratch, `${name}.json`)
  const { objective, options } = trainingOf(size, threads)
  writeFileSync(command, JSON.stringify({ ...commandOf(objective, options, { isGpu: false }), batch, context, vocab }))
  const how = flags.compile ? 'compiled' : 'eager'
  const self = [process.argv[1]!, '--measures', '--sizes', name, '--threads', `${threads}`]
  const peers = {
    loop: new Peer(names.loop, python, ['bench/train/peer.py', JSON.stringify({ ...size, threads, how })]),
    alone: new Peer(
      names.alone,
      python,
      ['-B', 'bench/torch/alone.py', command, 'src/engine/torch/worker'],
      workerEnvironment(process.env),
    ),
    node: new Peer(names.node, process.execPath, self),
  }
  const all = Object.values(peers)
  // The first steps fill caches and compile code.
  for (const peer of all) await peer.ask(steps)
  const rounds: Record<keyof typeof peers, Measured>[] = []
  for (let round = 0; round < Number(flags.rounds); round++)
    rounds.push({
      loop: await peers.loop.ask<Measured>(steps),
      alone: await peers.alone.ask<Measured>(steps),
      node: await peers.node.ask<Measured>(steps),
    })
  for (const peer of all) peer.end()
  const middle = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of))
  const rows = (['loop', 'alone', 'node'] as const).map((peer) => {
    const seconds = middle((round) => round[peer].mean)
    return [
      names[peer],
      {
        'ms a step': (seconds * 1e3).toFixed(2),
        'CPU ms of the process': (middle((round) => round[peer].processor) * 1e3).toFixed(2),
        'tokens/s': Math.round((batch * context) / seconds),
        'tokens/s, times the loop’s': middle((round) => round.loop.mean / round[peer].mean).toFixed(3),
      },
    ]
  })
  console.table(Object.fromEntries(rows))
  const driving = middle(({ node, alone }) => node.mean - alone.mean)
  const share = middle(({ node, alone }) => node.mean / alone.mean - 1)
  console.log(`driving from Node: ${(driving * 1e3).toFixed(2)} ms a step, ${(100 * share).toFixed(1)} %\n`)
}
