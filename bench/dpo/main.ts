/**
 * A step of DPO beside PyTorch: a Llama of the shape of SmolLM2-135M with random weights, and pairs of random tokens.
 *
 *     npm run bench dpo -- [--steps N] [--threads N] [--pairs 312+268,455+390]
 *
 * A step is one batch of pairs: forward, backward, clipping, AdamW; the log-probabilities of the reference are computed before. With
 * LLMPIPE_PYTHON (a Python with `torch`), PyTorch takes the same steps on the same lengths, one pair at a time, padded to its longer response.
 * The first step of both is left out. Processor time is the better measure on a busy machine.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../../src/core/values/random.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { dpo } from '../../src/train/loops/dpo.ts'
import { architecture } from '../../test/model/architecture.ts'
import { randomWeights } from '../../test/train/random-weights.ts'
import { median } from '../measure.ts'
import { answerOf } from '../peers.ts'

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '3' },
    threads: { type: 'string', default: `${availableParallelism()}` },
    /** The tokens of both responses of each pair, prompts included. */
    pairs: { type: 'string', default: '312+268,455+390,224+501,298+347' },
  },
})
const [steps, threads] = [Number(flags.steps), Number(flags.threads)]
const pairs = flags.pairs.split(',').map((pair) => pair.split('+').map(Number) as [number, number])
/** Tokens of each prompt. */
const prompt = 50

/** Medians over steps, and the most memory of the process in bytes. */
interface Measured {
  readonly seconds: number
  readonly processor: number
  readonly memory: number
}

const engine = await loadEngine('onnx')
console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${threads} threads, ${engine.description}, Node ${process.version}`)
console.log(`${steps} steps of ${pairs.length} pairs, medians\n`)
const measured: [string, Measured][] = [['llmpipe', await ours()]]
const python = process.env.LLMPIPE_PYTHON
if (python !== undefined) {
  const asked = JSON.stringify({ pairs, prompt, steps, threads })
  measured.push(['PyTorch', JSON.parse(answerOf(python, ['bench/dpo/peer.py', asked])) as Measured])
}
const { processor: own } = measured[0]![1]
console.table(
  Object.fromEntries(
    measured.map(([name, { seconds, processor, memory }]) => [
      name,
      {
        's a step': seconds.toFixed(2),
        'CPU s': processor.toFixed(2),
        'llmpipe by this': (own / processor).toFixed(2),
        'peak MB': Math.round(memory / 1e6),
      },
    ]),
  ),
)

async function ours(): Promise<Measured> {
  const vocab = 49_152
  const model = architecture('llama', {
    ...{ vocab, dim: 576, layers: 30, heads: 9, kv_heads: 3, hidden: 1536, context: 1024, tied: true },
  })
  const random = new Random(1, 'tokens')
  const train = pairs.map((lengths) => ({
    sequences: lengths.map((length) => Array.from({ length }, () => random.below(vocab))),
    prompts: [prompt, prompt],
    ranks: [1, 2],
  }))
  const seconds: number[] = []
  const processor: number[] = []
  let time = performance.now()
  let usage = process.cpuUsage()
  const work = mkdtempSync(join(tmpdir(), 'llmpipe-bench-'))
  await dpo({
    ...{ model, weights: randomWeights(model, vocab, 1, 1), vocab, train, heldOut: [], engine, threads, work },
    settings: {
      ...{ epochs: steps + 1, batch: pairs.length, beta: 0.1, loss: 'bradley_terry', clip: 1, seed: 1 },
      optimizer: { lr: 1e-6, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0 },
      schedule: { call: 'constant', warmup: 0 },
    },
    hints: { checkpoint_every: 1e9, log_every: 1 },
    signal: new AbortController().signal,
    emit: ({ event }) => {
      if (event !== 'progress') return
      const { user, system } = process.cpuUsage(usage)
      seconds.push((performance.now() - time) / 1e3)
      processor.push((user + system) / 1e6)
      time = performance.now()
      usage = process.cpuUsage()
    },
  })
  rmSync(work, { recursive: true })
  const memory = process.resourceUsage().maxRSS * 1024
  return { seconds: median(seconds.slice(1)), processor: median(processor.slice(1)), memory }
}
