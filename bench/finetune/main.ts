/**
 * A step of fine-tuning a published checkpoint with a low-rank adapter, beside PyTorch with PEFT.
 *
 *     npm run bench finetune -- --checkpoint SmolLM2-135M-Instruct.Q4_1.gguf [--steps N] [--batch N] [--threads N]
 *
 * The checkpoint and the pairs are those of pipelines/finetune.llmpipe.
 * A step is one batch of conversations: forward, backward, clipping, AdamW on the adapters of all matrices. Both get the same tokens and learn the same answers, which the
 * losses of the first step show. With LLMPIPE_PYTHON (a Python with torch, transformers, peft and gguf), PyTorch takes the same steps, once with the
 * conversations padded to the longest, as PEFT's users do. llmpipe packs them into rows. The first step of both is left out. Memory is the peak of
 * the process during the steps, without that of loading. Processor time is the better measure on a busy machine.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadEngine } from '../../src/engine/load.ts'
import type { ModelArgument } from '../../src/language/2-check/env.ts'
import { chatEncoder } from '../../src/text/chat/encode-chat.ts'
import { templateIn } from '../../src/text/chat/saved.ts'
import type { LearnedSequence } from '../../src/train/batches/sft-batches.ts'
import { sft } from '../../src/train/loops/sft.ts'
import { readModel } from '../../src/train/weights/model-folder.ts'
import { views } from '../../src/train/weights/parameters.ts'
import { architecture } from '../../test/model/architecture.ts'
import { median } from '../measure.ts'
import { answerOf } from '../peers.ts'

const { values: flags } = parseArgs({
  options: {
    checkpoint: { type: 'string' },
    steps: { type: 'string', default: '5' },
    batch: { type: 'string', default: '8' },
    threads: { type: 'string', default: `${availableParallelism()}` },
    /** Whether llmpipe alone is measured: `--peer no`. */
    peer: { type: 'string', default: 'yes' },
  },
})
const [steps, size, threads] = [Number(flags.steps), Number(flags.batch), Number(flags.threads)]
const { checkpoint } = flags
if (checkpoint === undefined)
  throw new Error('Name a GGUF file: --checkpoint FILE. pipelines/finetune.llmpipe says how to get one.')
const [rank, alpha, rate] = [8, 16, 1e-3]

/** Medians over steps, and the most memory of the process in bytes. */
interface Measured {
  readonly seconds: number
  readonly processor: number
  readonly memory: number
  /** The losses of all steps. */
  readonly losses: readonly number[]
}

const read = await readModel([checkpoint], async (name, sizes) =>
  architecture(name, sizes as Readonly<Record<string, ModelArgument>>),
)
const template = templateIn(JSON.parse(read.origin!.files['tokenizer_config.json']!), [
  ...read.tokenizer.special.keys(),
])
const encoder = chatEncoder(template!, read.tokenizer)
const examples = readFileSync('pipelines/data/two_dictionaries.jsonl', 'utf8')
  .split('\n', size)
  .map((line) => JSON.parse(line) as { readonly word: string; readonly cynic: string })
  .flatMap(({ word, cynic }) =>
    encoder.examples([
      { role: 'user', content: `Define ${word}.` },
      { role: 'assistant', content: cynic },
    ]),
  )
  .map(({ ids, mask }): LearnedSequence => ({ ids, mask, learned: mask.reduce((sum, each) => sum + each, 0) }))

const engine = await loadEngine('onnx')
const tokens = examples.reduce((sum, { ids }) => sum + ids.length, 0)
console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${threads} threads, ${engine.description}, Node ${process.version}`)
console.log(`${steps} steps of ${examples.length} conversations, ${tokens} tokens, medians\n`)
const measured: [string, Measured][] = [['llmpipe', await ours()]]
const python = process.env.LLMPIPE_PYTHON
if (python !== undefined && flags.peer === 'yes') {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-bench-'))
  const sequences = examples.map(({ ids, mask }) => ({ ids: [...ids], mask: [...mask] }))
  const asked = join(folder, 'asked.json')
  writeFileSync(asked, JSON.stringify({ checkpoint, sequences, steps, threads, rank, alpha, rate }))
  measured.push(['PyTorch + PEFT', JSON.parse(answerOf(python, ['bench/finetune/peer.py', asked])) as Measured])
  rmSync(folder, { recursive: true })
  const [first, second] = measured.map(([, { losses }]) => losses[0]!) as [number, number]
  if (Math.abs(first - second) > 1e-3) throw new Error(`the first losses differ: ${first} and ${second}`)
}
const own = measured[0]![1]
console.table(
  Object.fromEntries(
    measured.map(([name, { seconds, processor, memory, losses }]) => [
      name,
      {
        's a step': seconds.toFixed(2),
        'CPU s': processor.toFixed(2),
        'time of llmpipe by this': (own.seconds / seconds).toFixed(2),
        'CPU s by this': (own.processor / processor).toFixed(2),
        'peak MB': Math.round(memory / 1e6),
        'memory by this': (own.memory / memory).toFixed(2),
        'first loss': losses[0]!.toFixed(4),
        'last loss': losses.at(-1)!.toFixed(4),
      },
    ]),
  ),
)

async function ours(): Promise<Measured> {
  const { model, slots, parameters, vocab } = read
  const seconds: number[] = []
  const processor: number[] = []
  const losses: number[] = []
  const work = mkdtempSync(join(tmpdir(), 'llmpipe-bench-'))
  forgetPeak()
  let time = performance.now()
  let usage = process.cpuUsage()
  await sft({
    ...{ model, weights: views(slots, parameters), vocab, train: examples, heldOut: [], engine, threads, work },
    settings: {
      ...{ epochs: steps + 1, batch: examples.length, clip: 1, seed: 1 },
      optimizer: { lr: rate, betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0 },
      schedule: { call: 'constant', warmup: 0 },
      lora: { rank, alpha, targets: ['all_linear'] },
    },
    hints: { checkpoint_every: 1e9, log_every: 1 },
    signal: new AbortController().signal,
    emit(event) {
      if (event.event === 'metric' && event.loss !== undefined) losses.push(event.loss)
      if (event.event !== 'progress') return
      const { user, system } = process.cpuUsage(usage)
      seconds.push((performance.now() - time) / 1e3)
      processor.push((user + system) / 1e6)
      time = performance.now()
      usage = process.cpuUsage()
    },
  })
  rmSync(work, { recursive: true })
  return { seconds: median(seconds.slice(1)), processor: median(processor.slice(1)), memory: peak(), losses }
}

/** Begins to measure the peak of memory anew, on Linux. */
function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5')
}

/** The most memory of this process since `forgetPeak`, in bytes. */
function peak(): number {
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1])
}
