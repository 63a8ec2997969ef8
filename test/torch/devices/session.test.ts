/** Sessions of the engine torch beside those of the host: checkpoints, dropout, accumulation, packed rows, generation. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/core/values/random.ts'
import type { Engine, Tensor, Tensors } from '../../../src/engine/engine.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import type { TrainingSession } from '../../../src/engine/training-session.ts'
import { withSegments } from '../../../src/model/attention/segments.ts'
import { bind } from '../../../src/model/bind.ts'
import type { Graph } from '../../../src/model/graph.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { makeSftBatch } from '../../../src/train/batches/sft-batches.ts'
import { Generator } from '../../../src/train/generation/generator.ts'
import { plainSampling } from '../../../src/train/generation/sampling.ts'
import { startSession } from '../../../src/train/step/host-session.ts'
import { initialize } from '../../../src/train/weights/initialize.ts'
import { layOut } from '../../../src/train/weights/parameters.ts'
import { copied } from '../../engine/device.ts'
import { architecture } from '../../model/architecture.ts'
import { numbersIn } from '../../train/numbers-in.ts'
import { randomWeights } from '../../train/random-weights.ts'
import { scratch } from '../../train/small.ts'

const sizes = { vocab: 40, dim: 16, layers: 2, heads: 2, context: 32 }
/** With a smaller ε, AdamW would make whole steps of gradients that are 0 but for rounding, as those of biases of keys are. */
const optimizer = { lr: 1e-2, betas: [0.9, 0.99], eps: 1e-4, weight_decay: 0.1 } as const

async function sessionOf(engine: Engine, graph: Graph): Promise<TrainingSession> {
  const slots = layOut(graph.weights)
  const options = { slots, frozen: {}, optimizer, seed: 1, single: false, threads: 1 }
  const session = await startSession(engine, withCrossEntropy(graph), options)
  await session.fill((slot, values) => initialize(graph.weights, [{ ...slot, start: 0 }], values, 1))
  return session
}

/** A batch of random tokens: row `rows[i]` of a larger one is its row i, and the loss is a mean over `total` tokens. */
function batchOf(rows: readonly number[], time: number, total: number): Tensors {
  const ids = (name: string): Tensor => ({
    dtype: 'int32',
    shape: [rows.length, time],
    data: Int32Array.from(rows.flatMap((row) => Array.from({ length: time }, () => row))).map((row, i) =>
      new Random(1, name, row * time + (i % time)).below(sizes.vocab),
    ),
  })
  const places = new Int32Array(rows.length * time).map((_, i) => i % time)
  return {
    tokens: ids('tokens'),
    targets: ids('targets'),
    positions: { dtype: 'int32', shape: [rows.length, time], data: places },
    counts: { dtype: 'float32', shape: [rows.length, time], data: new Float32Array(rows.length * time).fill(1) },
    total: { dtype: 'float32', shape: [], data: Float32Array.of(total) },
  }
}

/** The largest difference of two arrays, by the largest number. */
function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const largest = Array.from(a).reduce((max, x) => Math.max(max, Math.abs(x)), 0)
  return Array.from(a).reduce((max, x, i) => Math.max(max, Math.abs(x - b[i]!)), 0) / largest
}

const torch = () => loadEngine('torch')
const host = () => loadEngine('onnx')

describe.skipIf(process.env.LLMPIPE_PYTHON === undefined)('a session of the engine torch', () => {
  const graphOf = (rows: number, model = architecture('gpt2', { ...sizes, dropout: 0.2 })) =>
    bind(model.graph, { batch: rows, time: 8, vocab: sizes.vocab })

  it('steps as the host does, dropout and clipping included', async () => {
    const graph = graphOf(2)
    const results = []
    for (const engine of [await torch(), await host()]) {
      const session = await sessionOf(engine, graph)
      const losses: number[] = []
      for (let step = 0; step < 20; step++) {
        session.clear()
        for (const part of [0, 1]) {
          const outputs = await session.accumulate(batchOf([2 * part, 2 * part + 1], 8, 16), 2 * step + part)
          losses.push((await outputs.read()).loss!.data[0]!)
        }
        const norm = await session.norm().read()
        await session.update({ step: step + 1, rate: 0.01, maxNorm: step % 2 === 0 ? norm / 4 : undefined, batches: 2 })
        losses.push(norm)
      }
      results.push({ losses, parameters: numbersIn(await session.weights(scratch())) })
      await session.dispose()
    }
    const [ours, theirs] = results as [(typeof results)[0], (typeof results)[0]]
    expect(apart(theirs.losses, ours.losses)).toBeLessThan(1e-5)
    expect(apart(theirs.parameters, ours.parameters)).toBeLessThan(1e-4)
  })

  it('writes the file that the host writes, and each restores that of the other', async () => {
    const graph = graphOf(2)
    const folder = scratch()
    const [ours, theirs] = [await sessionOf(await torch(), graph), await sessionOf(await host(), graph)]
    const metadata = { step: '3', state: '{"losses":[1.5],"name":"é"}' }
    await ours.save(join(folder, 'torch'), metadata)
    await theirs.save(join(folder, 'host'), metadata)
    expect(readFileSync(join(folder, 'torch'))).toEqual(readFileSync(join(folder, 'host')))

    await ours.accumulate(batchOf([0, 1], 8, 16), 0)
    await ours.update({ step: 1, rate: 0.1 })
    const learned = numbersIn(await ours.weights(scratch()))
    await ours.save(join(folder, 'torch'), metadata)
    expect(await ours.restore(join(folder, 'host'))).toMatchObject(metadata)
    expect(await ours.weights(scratch())).toEqual(await theirs.weights(scratch()))
    expect(await theirs.restore(join(folder, 'torch'))).toMatchObject(metadata)
    expect(numbersIn(await theirs.weights(scratch()))).toEqual(learned)
    for (const session of [ours, theirs]) await session.dispose()
  })

  it.each(['cut off', 'changed', 'absent'])('restores nothing from a file that is %s', async (fault) => {
    const graph = graphOf(2)
    const session = await sessionOf(await torch(), graph)
    const path = join(scratch(), 'saved')
    await session.save(path, { step: '1' })
    const bytes = readFileSync(path)
    if (fault === 'changed') bytes[bytes.length - 3]! ^= 1
    writeFileSync(path, fault === 'cut off' ? bytes.subarray(0, -8) : bytes)
    if (fault === 'absent') rmSync(path)
    const before = numbersIn(await session.weights(scratch()))
    expect(await session.restore(path)).toBeUndefined()
    expect(numbersIn(await session.weights(scratch()))).toEqual(before)
    await session.dispose()
  })

  it('has the gradients of a batch of 8 after 8 batches of 1', async () => {
    const model = architecture('llama', sizes)
    const norms: number[] = []
    const weights: Float32Array[] = []
    for (const parts of [[[0, 1, 2, 3, 4, 5, 6, 7]], [[0], [1], [2], [3], [4], [5], [6], [7]]]) {
      const session = await sessionOf(await torch(), graphOf(parts[0]!.length, model))
      session.clear()
      for (const rows of parts) await session.accumulate(batchOf(rows, 8, 64), 0)
      norms.push(await session.norm().read())
      await session.update({ step: 1, rate: 0.01 })
      weights.push(numbersIn(await session.weights(scratch())))
      await session.dispose()
    }
    expect(apart([norms[0]!], [norms[1]!])).toBeLessThan(1e-5)
    expect(apart(weights[0]!, weights[1]!)).toBeLessThan(1e-5)
  })

  it('has the loss of conversations apart if they share a row', async () => {
    const conversations = [5, 9, 3, 7].map((length, i) => {
      const ids = Uint32Array.from({ length }, (_, t) => (7 * i + 3 * t) % sizes.vocab)
      return { ids, mask: new Uint8Array(length).fill(1, 1), learned: length - 1 }
    })
    const total = conversations.reduce((sum, { learned }) => sum + learned, 0)
    const losses: number[] = []
    const norms: number[] = []
    for (const batches of [[conversations], conversations.map((each) => [each])]) {
      const graph = withSegments(bind(architecture('llama', sizes).graph, { batch: 1, time: 24, vocab: sizes.vocab }))
      const session = await sessionOf(await torch(), graph)
      const batch = makeSftBatch(1, 24)
      session.clear()
      let loss = 0
      for (const sequences of batches) {
        batch.fill(sequences, total)
        loss += (await (await session.accumulate(batch.feeds, 0)).read()).loss!.data[0]!
      }
      losses.push(loss)
      norms.push(await session.norm().read())
      await session.dispose()
    }
    expect(apart([losses[0]!], [losses[1]!])).toBeLessThan(1e-5)
    expect(apart([norms[0]!], [norms[1]!])).toBeLessThan(1e-5)
  })

  it.each(['llama', 'gpt2'])('writes the tokens that the host writes at temperature 0: %s', async (name) => {
    const model = architecture(name, { ...sizes, context: 128 })
    const weights = randomWeights(model, sizes.vocab, 1, 3)
    const prompts = [[1, 2, 3], [4], Array.from({ length: 40 }, (_, i) => i % 40), [5, 6], [7, 8, 9, 10]]
    const write = async (engine: Engine) => {
      const shape = { vocab: sizes.vocab, batch: 3, threads: 1 }
      const generator = new Generator(engine, model, shape)
      const writing = { ...plainSampling, temperature: 0, maxTokens: 60, stop: [11] }
      const randoms = prompts.map((_, i) => new Random(1, 'text', i))
      const texts = await generator.complete(weights, prompts, writing, randoms)
      await generator.dispose()
      return texts.map(({ tokens }) => tokens)
    }
    const texts = await write(await torch())
    expect(texts).toEqual(await write(await host()))
    expect(texts.some((tokens) => tokens.length === 60)).toBe(true)
  })

  it('compiles graphs that read its weights, or those that they are fed instead', async () => {
    const graph = graphOf(2, architecture('llama', sizes))
    const session = await sessionOf(await torch(), graph)
    const executable = await session.compile(graph, { threads: 1 })
    const { tokens, positions } = batchOf([0, 1], 8, 16)
    const feeds = { tokens: tokens!, positions: positions! }
    const kept = copied(await session.weights(scratch()))
    const before = (await executable.run(feeds)).logits!.data
    await session.accumulate(batchOf([0, 1], 8, 16), 1)
    await session.update({ step: 1, rate: 0.1 })
    expect((await executable.run(feeds)).logits!.data).not.toEqual(before)
    expect((await executable.run({ ...feeds, ...kept })).logits!.data).toEqual(before)
    expect((await executable.run(feeds)).logits!.data).not.toEqual(before)
    await session.finish()
    expect((await executable.run({ ...feeds, ...kept })).logits!.data).toEqual(before)
    await executable.dispose()
    await session.dispose()
  })
})
