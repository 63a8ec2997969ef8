/**
 * Generating text with a cache of keys and values, compared with a whole forward pass for every token.
 *
 *     npm run bench generate -- [--rounds N] [--tokens N] [--threads N]
 *
 * Tokens per second with the model of pipelines/assistant.llmpipe. Each round generates one text by whole forward passes, one with the
 * cache, and `--batch` texts at once with the cache. Compiling is not timed: the first round has done it.
 */

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Random } from '../../src/core/values/random.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { bind } from '../../src/model/bind.ts'
import { Generator } from '../../src/train/generation/generator.ts'
import { plainSampling, sample } from '../../src/train/generation/sampling.ts'
import { architecture } from '../../test/model/architecture.ts'
import { randomWeights } from '../../test/train/random-weights.ts'
import { machine, median } from '../measure.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    tokens: { type: 'string', default: '128' },
    batch: { type: 'string', default: '32' },
    threads: { type: 'string', default: `${availableParallelism()}` },
  },
})
const [rounds, tokens, batch, threads] = [flags.rounds, flags.tokens, flags.batch, flags.threads].map(Number) as [
  number,
  number,
  number,
  number,
]

// The model of pipelines/assistant.llmpipe, with room for a prompt before the counted tokens.
const prompt = [1, 2, 3, 4]
const sizes = { vocab: 2048, dim: 128, layers: 4, heads: 4, context: prompt.length + tokens }
const { vocab, context } = sizes
const model = architecture('llama', sizes)
const weights = randomWeights(model, vocab)
const engine = await loadEngine('onnx')
const whole = await engine.compile(bind(model.graph, { batch: 1, time: context, vocab }), { threads })
const writers = [1, batch].map((texts) => new Generator(engine, model, { vocab, batch: texts, threads }))

console.log(`${machine()}; ${engine.description}, ${threads} threads`)
console.log(`${rounds} rounds in turn, medians; ${tokens} tokens after a prompt of ${prompt.length}\n`)

const seconds: number[][] = [[], [], []]
for (let round = 0; round <= rounds; round++) {
  const timed = [await timeOf(byWholeForward), await timeOf(() => bySteps(0, 1)), await timeOf(() => bySteps(1, batch))]
  if (round > 0) for (const [i, time] of timed.entries()) seconds[i]!.push(time)
}
const rates = seconds.map((times, i) => ((i === 2 ? batch : 1) * tokens) / median(times))
const names = ['whole forward, 1 text', 'remembered, 1 text', `remembered, ${batch} texts`]
console.table(
  Object.fromEntries(
    names.map((name, i) => [
      name,
      { 'tokens/s': Math.round(rates[i]!), 'times the whole forward': (rates[i]! / rates[0]!).toFixed(1) },
    ]),
  ),
)
console.log(`peak memory of this process ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`)

async function byWholeForward(): Promise<void> {
  const ids = new Int32Array(context)
  ids.set(prompt)
  const shape = [1, context]
  const feeds = {
    ...weights,
    tokens: { dtype: 'int32', shape, data: ids },
    positions: { dtype: 'int32', shape, data: ids.map((_, i) => i) },
  } as const
  const random = new Random(1, 'sampling')
  for (let length = prompt.length; length < context; length++) {
    const { logits } = await whole.run(feeds)
    const last = (logits!.data as Float32Array).subarray((length - 1) * vocab, length * vocab)
    ids[length] = sample(last, plainSampling, random)
  }
}

async function bySteps(writer: number, texts: number): Promise<void> {
  const prompts = new Array<number[]>(texts).fill(prompt)
  const randoms = prompts.map((_, i) => new Random(1, 'sampling', i))
  const writing = { ...plainSampling, maxTokens: tokens, stop: [] }
  await writers[writer]!.complete(weights, prompts, writing, randoms)
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}
