/** Training on the host: the gradients of batches, and steps of the optimizer. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadEngine } from '../../../src/engine/load.ts'
import { bind } from '../../../src/model/bind.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { makeBatch } from '../../../src/train/batches/batches.ts'
import { HostSession } from '../../../src/train/step/host-session.ts'
import { initialize } from '../../../src/train/weights/initialize.ts'
import { layOut } from '../../../src/train/weights/parameters.ts'
import { readSafetensors } from '../../../src/train/weights/safetensors.ts'
import { copied } from '../../engine/device.ts'
import { architecture } from '../../model/architecture.ts'
import { numbersIn } from '../numbers-in.ts'
import { scratch } from '../small.ts'

/** With β₁ of 0 the first moment is the gradient. */
const settings = { lr: 1e-3, betas: [0, 0.99], eps: 1e-8, weight_decay: 0.1 } as const

const engine = await loadEngine('onnx')

/** A session of a small model with the weights that seed 1 draws, and a batch to fill. */
async function sessionOf(name: string, vocab: number, single: boolean) {
  const model = architecture(name, { vocab, dim: 16, layers: 2, heads: 2, context: 8 })
  const graph = bind(model.graph, { batch: 2, time: 8, vocab })
  const slots = layOut(graph.weights)
  const options = { slots, frozen: {}, optimizer: settings, seed: 1, single, threads: 1 }
  const session = await HostSession.start(engine, withCrossEntropy(graph), options)
  await session.fill((slot, values) => initialize(graph.weights, [{ ...slot, start: 0 }], values, 1))
  const batch = makeBatch(2, 8)
  const accumulate = async (number: number) => {
    for (let i = 0; i < batch.tokens.length; i++) {
      batch.tokens[i] = (7 * i + number) % vocab
      batch.targets[i] = (3 * i + number) % vocab
    }
    return (await session.accumulate(batch.feeds, number)).read()
  }
  return { session, graph, accumulate }
}

/** The gradients after batches of these numbers; a vocabulary above 128 rows takes the other way of adding to a table. */
async function gradientsOf(name: string, vocab: number, batches: readonly number[], single: boolean) {
  const { session, accumulate } = await sessionOf(name, vocab, single)
  session.clear()
  for (const number of batches) await accumulate(number)
  await session.update({ step: 1, rate: 0 })
  const [first] = session.arrays.first!
  await session.dispose()
  return Float32Array.from(first!)
}

describe.each([
  ['gpt2', 40],
  ['gpt2', 300],
  ['llama', 40],
  ['llama', 300],
])('the gradients of a step of %s with %i tokens', (name, vocab) => {
  it('are the sum of those of its batches', async () => {
    const [first, second] = [await gradientsOf(name, vocab, [1], true), await gradientsOf(name, vocab, [2], true)]
    const both = await gradientsOf(name, vocab, [1, 2], false)
    for (const [i, sum] of both.entries()) expect(Math.abs(sum - (first[i]! + second[i]!))).toBeLessThan(1e-6)
    expect(both.some((x) => x !== 0)).toBe(true)
  })

  it('are the same bytes for one batch, added to nothing or written', async () => {
    const [written, added] = [await gradientsOf(name, vocab, [1], true), await gradientsOf(name, vocab, [1], false)]
    // 0 and −0 are equal numbers.
    expect(Array.from(added, (x) => x + 0)).toEqual(Array.from(written, (x) => x + 0))
  })

  it('are those of the last batch where a step has one', async () => {
    expect(await gradientsOf(name, vocab, [1, 2], true)).toEqual(await gradientsOf(name, vocab, [2], true))
  })
})

describe('a session on the host', () => {
  it('scales gradients that are longer than the largest norm down to it', async () => {
    const { session, accumulate } = await sessionOf('llama', 40, true)
    await accumulate(1)
    const norm = await session.norm().read()
    await session.update({ step: 1, rate: 0, maxNorm: norm / 2 })
    const [first] = session.arrays.first!
    const length = Math.sqrt(first!.reduce((sum, x) => sum + x * x, 0))
    expect(length / norm).toBeCloseTo(0.5, 4)
    await session.dispose()
  })

  it('compiles graphs that read its weights, or those that they are fed instead', async () => {
    const { session, graph, accumulate } = await sessionOf('llama', 40, true)
    const executable = await session.compile(graph, { threads: 1 })
    const shape = [2, 8]
    const feeds = {
      tokens: { dtype: 'int32', shape, data: new Int32Array(16) },
      positions: { dtype: 'int32', shape, data: Int32Array.from({ length: 16 }, (_, i) => i % 8) },
    } as const
    const before = (await executable.run(feeds)).logits!.data
    const kept = copied(await session.weights())
    await accumulate(1)
    await session.update({ step: 1, rate: 0.1 })
    expect((await executable.run(feeds)).logits!.data).not.toEqual(before)
    expect((await executable.run({ ...feeds, ...kept })).logits!.data).toEqual(before)
    await executable.dispose()
    await session.dispose()
  })

  it('saves what a session restores, and restores nothing from a corrupt file', async () => {
    const path = join(scratch(), 'saved.safetensors')
    const [{ session: saved, accumulate }, { session: restored }] = [
      await sessionOf('llama', 40, true),
      await sessionOf('llama', 40, true),
    ]
    await accumulate(1)
    await saved.update({ step: 1, rate: 0.1 })
    await saved.save(path, { step: '1' })
    expect(readSafetensors(path)).toMatchObject({
      tensors: { parameters: {}, first: {}, second: {} },
      metadata: { step: '1', digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    })
    expect(await restored.restore(path)).toMatchObject({ step: '1' })
    expect(restored.arrays).toEqual(saved.arrays)

    const bytes = readFileSync(path)
    bytes[bytes.length - 5]! ^= 1
    writeFileSync(path, bytes)
    const { session: other } = await sessionOf('llama', 40, true)
    const before = numbersIn(await other.weights())
    expect(await other.restore(path)).toBeUndefined()
    expect(numbersIn(await other.weights())).toEqual(before)
    for (const session of [saved, restored, other]) await session.dispose()
  })
})
