/** The work that bench/gpu measures, besides pre-training steps. */

import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Random } from '../../src/core/values/random.ts'
import type { Engine, Tensors } from '../../src/engine/engine.ts'
import type { Precision } from '../../src/engine/names.ts'
import type { Pending } from '../../src/engine/training-session.ts'
import { withSegments } from '../../src/model/attention/segments.ts'
import { bind } from '../../src/model/bind.ts'
import { withCrossEntropy } from '../../src/model/training/loss.ts'
import { fillRows } from '../../src/train/batches/rows.ts'
import { makeSftBatch } from '../../src/train/batches/sft-batches.ts'
import { Generator } from '../../src/train/generation/generator.ts'
import { plainSampling } from '../../src/train/generation/sampling.ts'
import { startSession } from '../../src/train/step/host-session.ts'
import { initialize } from '../../src/train/weights/initialize.ts'
import { randomWeights } from '../../test/train/random-weights.ts'
import { modelOf, trainingOf, trainingStep } from '../train/ours.ts'
import type { Size } from '../train/sizes.ts'

/** The number of tokens of a text that is generated. */
export const writtenTokens = ({ context }: Size): number => Math.min(128, context - 8)

/** A step of fine-tuning: rows of conversations of 64 to 512 tokens, of which the second half is learned. */
export async function packedStep(engine: Engine, size: Size, threads: number, precision: Precision) {
  const { batch: rows, context, vocab } = size
  const graph = withSegments(bind(modelOf(size).graph, { batch: rows, time: context, vocab }))
  const { options } = trainingOf(size, threads, precision)
  const session = await startSession(engine, withCrossEntropy(graph), options)
  await session.fill((slot, values) => initialize(graph.weights, [{ ...slot, start: 0 }], values, 1))
  const batch = makeSftBatch(rows, context)
  let count = 0
  let before: Pending<Tensors> | undefined
  const step = async () => {
    const sequences = conversations(rows, Math.min(512, context), context, vocab, count)
    batch.fill(
      sequences,
      sequences.reduce((sum, { learned }) => sum + learned, 0),
    )
    const outputs = await session.accumulate(batch.feeds, count)
    await session.update({ step: ++count, rate: 1e-4, maxNorm: 1 })
    await before?.read()
    before = outputs
  }
  const finish = async () => {
    await session.norm().read()
    before = undefined
  }
  return { step, finish }
}

/** As many random conversations as fit into the rows of a batch. */
function conversations(rows: number, longest: number, context: number, vocab: number, step: number) {
  const random = new Random(1, 'conversations', step)
  const chosen: { readonly ids: Uint32Array; readonly mask: Uint8Array; readonly learned: number }[] = []
  for (;;) {
    const length = Math.floor(longest / 8) + random.below(longest - Math.floor(longest / 8))
    const lengths = [...chosen.map(({ ids }) => ids.length), length]
    if (fillRows(lengths, context).length > rows) return chosen
    const half = length >> 1
    chosen.push({
      ids: Uint32Array.from({ length }, () => random.below(vocab)),
      mask: Uint8Array.from({ length }, (_, i) => Number(i >= half)),
      learned: length - half,
    })
  }
}

/** Writes `texts` texts at once, of `writtenTokens` tokens each, in float32 as `generate` does. */
export function generation(
  engine: Engine,
  size: Size,
  { texts, threads }: { readonly texts: number; readonly threads: number },
): () => Promise<unknown> {
  const model = modelOf(size)
  const weights = randomWeights(model, size.vocab)
  const generator = new Generator(engine, model, { vocab: size.vocab, batch: texts, threads })
  const writing = { ...plainSampling, maxTokens: writtenTokens(size), stop: [] }
  const prompts = Array.from({ length: texts }, (_, i) => Uint32Array.of(1, 2, 3, 4 + (i % 8)))
  return () =>
    generator.complete(
      weights,
      prompts,
      writing,
      prompts.map((_, i) => new Random(1, 'sampling', i)),
    )
}

/** Whether four steps end in the same bytes as two steps, a checkpoint, and two more in another session. */
export async function resumeEquality(
  engine: Engine,
  size: Size,
  threads: number,
  precision: Precision,
): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-bench-'))
  const checkpoint = join(folder, 'step.safetensors')
  try {
    const whole = await trainingStep(engine, size, threads, precision)
    for (let i = 0; i < 2; i++) await whole.step()
    await whole.session.save(checkpoint, {})
    for (let i = 0; i < 2; i++) await whole.step()
    const resumed = await trainingStep(engine, size, threads, precision, 2)
    await resumed.session.restore(checkpoint)
    for (let i = 0; i < 2; i++) await resumed.step()
    const digest = async ({ session }: typeof whole) => {
      const hash = createHash('sha256')
      for (const { data } of Object.values(await session.weights(dirname(checkpoint))))
        hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      return hash.digest('hex')
    }
    return (await digest(whole)) === (await digest(resumed))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
