/**
 * Training beside what the machine can do at all: nanoGPT's smallest baseline (4 layers, 4 heads, width 128, context 64, batch 12).
 *
 *     npm run bench train -- [--rounds N] [--steps N] [--threads N]
 *
 * In each round, in turn: the largest product of that model alone, in the same runtime; steps of training, all that a step does
 * (drawing the batch, forward, backward, clipping, AdamW); and with LLMPIPE_PYTHON (a Python with `torch`) the same steps in PyTorch.
 * FLOP/s of training are by the usual 6·N + 12·L·d·T a token, N the parameters but for the tables.
 */

import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { Random } from '../../src/core/random.ts'
import type { Executable, Tensor } from '../../src/engine/engine.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { bind } from '../../src/model/bind.ts'
import { GraphBuilder } from '../../src/model/build.ts'
import { costOf } from '../../src/model/cost.ts'
import { withCrossEntropy } from '../../src/model/loss.ts'
import { AdamW, clipFactor } from '../../src/train/adamw.ts'
import { makeBatch } from '../../src/train/batches.ts'
import { initialize } from '../../src/train/initialize.ts'
import { decayedSpan, layOut, spanOf } from '../../src/train/parameters.ts'
import { TrainingStep } from '../../src/train/step.ts'
import { architecture } from '../../test/model/architecture.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    steps: { type: 'string', default: '40' },
    threads: { type: 'string', default: `${availableParallelism()}` },
  },
})
const rounds = Number(flags.rounds)
const steps = Number(flags.steps)
const threads = Number(flags.threads)

const sizes = { vocab: 65, dim: 128, layers: 4, heads: 4, context: 64 }
const batchSize = 12
const tokensOfStep = batchSize * sizes.context

const engine = await loadEngine('onnx')
const model = architecture('gpt2', { ...sizes, bias: false })
const product = await largestProduct()
const step = await trainingStep()
const { conventionalFlops } = costOf(model.graph, { batch: batchSize, time: sizes.context, vocab: sizes.vocab })

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${threads} threads, ${engine.description}, Node ${process.version}`)
console.log(
  `${rounds} rounds in turn, medians of their medians; ${(conventionalFlops / 1e6).toFixed(2)} MFLOP a token\n`,
)

const seconds = { product: [] as number[], step: [] as number[], torch: [] as number[] }
for (let round = 0; round <= rounds; round++) {
  const timed = { product: await medianOf(steps, product.run), step: await medianOf(steps, step), torch: pytorch() }
  // The first round warms caches and compilers up.
  if (round === 0) continue
  seconds.product.push(timed.product)
  seconds.step.push(timed.step)
  if (timed.torch !== undefined) seconds.torch.push(timed.torch)
}

const peak = product.flops / median(seconds.product)
const ours = (conventionalFlops * tokensOfStep) / median(seconds.step)
const row = (flops: number, time: number) => ({
  'GFLOP/s': (flops / 1e9).toFixed(1),
  'of the product': `${((100 * flops) / peak).toFixed(0)} %`,
  'ms a step': time === 0 ? '' : (time * 1e3).toFixed(1),
  'times llmpipe’s time': time === 0 ? '' : (time / median(seconds.step)).toFixed(2),
})
console.table({
  [`product ${product.name}`]: row(peak, 0),
  llmpipe: row(ours, median(seconds.step)),
  ...(seconds.torch.length === 0
    ? {}
    : { PyTorch: row((conventionalFlops * tokensOfStep) / median(seconds.torch), median(seconds.torch)) }),
})
console.log(`peak memory of this process ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`)

/** The two products of the feed-forward, the model's largest, one after the other many times, so that calls cost nothing. */
async function largestProduct(): Promise<{ readonly name: string; readonly flops: number; run(): Promise<unknown> }> {
  const { dim } = sizes
  const times = 16
  const builder = new GraphBuilder()
  const attributes = { transposeA: false, transposeB: true, alpha: 1 / dim }
  let x = builder.input('x', [tokensOfStep, dim], 'float32')
  const up = builder.input('up', [4 * dim, dim], 'float32')
  const down = builder.input('down', [dim, 4 * dim], 'float32')
  for (let i = 0; i < times; i++)
    x = builder.apply('matmul', [builder.apply('matmul', [x, up], attributes), down], attributes)
  const executable: Executable = await engine.compile(builder.finish({ x }), { threads })
  const ones = (shape: readonly number[]): Tensor => ({
    dtype: 'float32',
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1),
  })
  const feeds = { x: ones([tokensOfStep, dim]), up: ones([4 * dim, dim]), down: ones([dim, 4 * dim]) }
  return {
    name: `${tokensOfStep}×${dim}×${4 * dim}`,
    flops: times * 2 * 2 * tokensOfStep * dim * 4 * dim,
    run: () => executable.run(feeds),
  }
}

/** A step as `pretrain` does it, on random tokens. */
async function trainingStep(): Promise<() => Promise<void>> {
  const graph = bind(model.graph, { batch: batchSize, time: sizes.context, vocab: sizes.vocab })
  const slots = layOut(graph.weights)
  const settings = { lr: 1e-3, betas: [0.9, 0.99], eps: 1e-8, weight_decay: 0.1 } as const
  const optimizer = new AdamW(spanOf(slots), decayedSpan(slots), settings)
  initialize(graph.weights, slots, optimizer.weights, 1)
  const training = await TrainingStep.compile(engine, withCrossEntropy(graph), slots, optimizer, {
    threads,
    single: true,
  })
  const batch = makeBatch(batchSize, sizes.context)
  let count = 0
  return async () => {
    const random = new Random(1, 'tokens', count)
    for (let i = 0; i < batch.tokens.length; i++) {
      batch.tokens[i] = random.below(sizes.vocab)
      batch.targets[i] = random.below(sizes.vocab)
    }
    await training.accumulate(batch.feeds, 1, count)
    optimizer.update(++count, 1e-3, clipFactor(optimizer.norm(), 1))
  }
}

/** The median seconds of a step in PyTorch. */
function pytorch(): number | undefined {
  const python = process.env.LLMPIPE_PYTHON
  if (python === undefined) return undefined
  const given = JSON.stringify({ ...sizes, batch: batchSize, steps, threads })
  return Number(execFileSync(python, ['bench/train/peer.py', given], { encoding: 'utf8' }))
}

async function medianOf(count: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    await run()
    times.push((performance.now() - start) / 1e3)
  }
  return median(times)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
