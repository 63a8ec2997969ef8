/**
 * Training steps of GPT-2 with 0.8, 10 and 124 million parameters, compared with PyTorch.
 *
 *     npm run bench train -- [--sizes 0.8M,10M,124M] [--rounds N] [--threads N] [--torch eager,compiled]
 *
 * Each round measures in turn, each in a process of its own that is warm: the largest matrix product of the model alone, in llmpipe's runtime;
 * whole training steps (drawing the batch, forward, backward, clipping, AdamW); and, if LLMPIPE_PYTHON names a Python with `torch`, the same
 * steps in PyTorch, eager and compiled. FLOP/s count 6·N + 12·L·d·T for a token (N parameters without embedding tables, L layers of width d,
 * T tokens of context).
 */

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { loadEngine } from '../../src/engine/load.ts'
import { costOf } from '../../src/model/estimates/cost.ts'
import { machine, median } from '../measure.ts'
import { answer, Peer } from '../peers.ts'
import { largestProduct, modelOf, trainingStep } from './ours.ts'
import { type Size, sizes } from './sizes.ts'

const { values: flags } = parseArgs({
  options: {
    sizes: { type: 'string', default: '0.8M,10M,124M' },
    rounds: { type: 'string', default: '5' },
    torch: { type: 'string', default: 'eager,compiled' },
    threads: { type: 'string', default: `${availableParallelism()}` },
    /** The work that a process of this program measures: `step` or `product`. */
    measures: { type: 'string' },
  },
})
const threads = Number(flags.threads)

/** The answer of a process that has made steps. */
interface Measured {
  /** The median time of a step. */
  readonly seconds: number
  /** The mean processor time of a step, in seconds. */
  readonly processor: number
  /** The peak memory of the process, in bytes. */
  readonly memory: number
}

if (flags.measures === undefined) await compare()
else await measure(flags.measures, sizes[flags.sizes]!)

async function measure(what: string, size: Size): Promise<void> {
  const engine = await loadEngine('onnx')
  const run =
    what === 'product'
      ? (await largestProduct(engine, size, threads)).run
      : (await trainingStep(engine, size, threads)).step
  await answer<number>(async (steps): Promise<Measured> => {
    const seconds: number[] = []
    const before = process.cpuUsage()
    for (let i = 0; i < steps; i++) {
      const start = performance.now()
      await run()
      seconds.push((performance.now() - start) / 1e3)
    }
    const { user, system } = process.cpuUsage(before)
    const { maxRSS } = process.resourceUsage()
    return { seconds: median(seconds), processor: (user + system) / 1e6 / steps, memory: maxRSS * 1024 }
  })
}

async function compare(): Promise<void> {
  const { description } = await loadEngine('onnx')
  console.log(`${machine()}; ${description}, ${threads} threads`)
  console.log(`${flags.rounds} rounds in turn, medians of their medians\n`)
  for (const name of flags.sizes.split(',')) {
    const size = sizes[name]
    if (size === undefined) throw new Error(`there is no size ${name}; the sizes are ${Object.keys(sizes).join(', ')}`)
    await compareAt(name, size)
  }
}

async function compareAt(name: string, size: Size): Promise<void> {
  const { batch, context, dim, layers, vocab, steps } = size
  console.log(
    `${name} parameters: ${layers} layers, width ${dim}, ${batch} × ${context} tokens a step, vocabulary ${vocab}`,
  )
  const own = (what: string) =>
    new Peer(what, process.execPath, [process.argv[1]!, '--measures', what, '--sizes', name, '--threads', `${threads}`])
  const python = process.env.LLMPIPE_PYTHON
  const torch = (how: string) =>
    python === undefined
      ? []
      : [new Peer(`PyTorch, ${how}`, python, ['bench/train/peer.py', JSON.stringify({ ...size, threads, how })])]
  const peers = [own('product'), own('step'), ...flags.torch.split(',').flatMap(torch)]
  const results = new Map<Peer, Measured[]>()
  for (const peer of peers) {
    try {
      // The first steps fill caches and compile code.
      await peer.ask<Measured>(steps)
      results.set(peer, [])
    } catch (error) {
      console.log(`${peer.name} is not measured: ${(error as Error).message}`)
    }
  }
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const [peer, measured] of results) measured.push(await peer.ask<Measured>(steps))
  for (const peer of peers) peer.end()

  const of = (wanted: string, what: keyof Measured) => {
    const [, found] = [...results].find(([peer]) => peer.name === wanted) ?? []
    return found === undefined ? Number.NaN : median(found.map((each) => each[what]))
  }
  const engine = await loadEngine('onnx')
  const product = await largestProduct(engine, size, threads)
  const { conventionalFlops } = costOf(modelOf(size).graph, { batch, time: context, vocab })
  const flopsOf = (peer: string) => (peer === 'product' ? product.flops : conventionalFlops * batch * context)
  const peak = product.flops / of('product', 'seconds')
  const rows = [...results.keys()].map((peer) => {
    const seconds = of(peer.name, 'seconds')
    const flops = flopsOf(peer.name) / seconds
    const isStep = peer.name !== 'product'
    return [
      peer.name === 'step' ? 'llmpipe' : isStep ? peer.name : `product ${product.name}`,
      {
        'ms a step': isStep ? (seconds * 1e3).toFixed(1) : '',
        'times llmpipe’s': isStep ? (seconds / of('step', 'seconds')).toFixed(2) : '',
        'CPU ms': isStep ? (of(peer.name, 'processor') * 1e3).toFixed(1) : '',
        'GFLOP/s': (flops / 1e9).toFixed(1),
        'of the product': `${((100 * flops) / peak).toFixed(0)} %`,
        'peak MB': isStep ? (of(peer.name, 'memory') / 2 ** 20).toFixed(0) : '',
      },
    ]
  })
  console.table(Object.fromEntries(rows))
}
