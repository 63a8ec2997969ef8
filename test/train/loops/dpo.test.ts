/** DPO: its loss against a published number and TensorFlow.js, learning, and resuming in the same bytes. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { describe, expect, it } from 'vitest'
import { Interrupted } from '../../../src/core/failure.ts'
import { Random } from '../../../src/core/values/random.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { differentiate } from '../../../src/model/gradients/differentiate.ts'
import { sizesFor } from '../../../src/train/batches/ranking-batches.ts'
import { type DpoTask, dpo, makeDpoBatch } from '../../../src/train/loops/dpo.ts'
import { withImplicitRewards, withPreferenceLoss } from '../../../src/train/loops/preference-loss.ts'
import { freely, run } from '../free-model.ts'
import { randomWeights } from '../random-weights.ts'
import { architecture, scratch, sizes } from '../small.ts'

const feedsOf = (feeds: ReturnType<typeof makeDpoBatch>['feeds']) =>
  Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, data]))

describe('the DPO loss', () => {
  const vocab = 5
  const beta = 0.1
  // Responses of one to three tokens after prompts of two and one.
  const ranking = {
    sequences: [
      [0, 1, 2, 3],
      [0, 1, 4],
      [3, 2, 2, 1],
    ],
    prompts: [2, 2, 1],
    ranks: [1, 3, 2],
  }
  const batchSizes = sizesFor([ranking], { batch: 1, context: 16, loss: 'bradley_terry', maxRows: () => 8 })
  const { rows, time } = batchSizes
  const random = new Random(3, 'test')
  const logits = Array.from({ length: rows * time * vocab }, () => random.normal())
  const value = new Float32Array(rows * time)
  const graph = withPreferenceLoss(withImplicitRewards(freely(rows, time, vocab), 3, beta), {
    ...batchSizes,
    centring: 0,
  })
  const logProbability = (place: number, id: number) => {
    const row = logits.slice(place * vocab, (place + 1) * vocab)
    return row[id]! - Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0))
  }
  /** log p of each response: all three stand in the first row, one after the other. */
  const sums = (() => {
    let at = 0
    return ranking.sequences.map((ids, i) => {
      let sum = 0
      for (let t = ranking.prompts[i]!; t < ids.length; t++) sum += logProbability(at + t - 1, ids[t]!)
      at += ids.length
      return sum
    })
  })()
  const filled = (references: readonly number[]) => {
    const batch = makeDpoBatch(batchSizes, 'bradley_terry')
    batch.fill([{ ...ranking, references }], 1)
    return { ...feedsOf(batch.feeds), logits, value }
  }

  it('at Δ = 2 and β = 0.1 is the published one', async () => {
    // Each better response has risen by two nats more than the next.
    const found = await run(graph, filled([sums[0]! - 4, sums[1]!, sums[2]! - 2]))
    const [two, four] = [0.598139, Math.log(1 + Math.exp(-0.4))]
    expect(found.loss![0]).toBeCloseTo((2 * two + four) / 3, 5)
    expect(found.scores!.map((score) => Math.round(score * 1e5) / 1e5)).toEqual([0.4, 0, 0.2])
  })

  it('is ln 2 before anything is learned', async () => {
    const found = await run(graph, filled(sums))
    expect(found.loss![0]).toBeCloseTo(Math.LN2, 6)
  })

  it('has the gradients of TensorFlow.js', async () => {
    const references = [-3, -1, -5]
    const found = await run(differentiate(graph), filled(references))
    const places = ranking.sequences.flatMap((ids, i) => {
      const from = ranking.sequences.slice(0, i).flat().length
      return ids.flatMap((id, t) => (t < ranking.prompts[i]! ? [] : [{ response: i, place: from + t - 1, id }]))
    })
    const { value: loss, grad } = tf.valueAndGrad((x: tf.Tensor) => {
      const all = tf.logSoftmax(x as tf.Tensor2D)
      const score = (response: number) => {
        const own = places.filter((each) => each.response === response)
        const mask = tf.buffer([rows * time, vocab])
        for (const { place, id } of own) mask.set(1, place, id)
        return tf.mul(beta, tf.sub(tf.sum(tf.mul(all, mask.toTensor())), references[response]!))
      }
      const pairs = [
        [0, 1],
        [0, 2],
        [2, 1],
      ]
      const losses = pairs.map(([better, worse]) => tf.softplus(tf.sub(score(worse!), score(better!))))
      return tf.div(tf.addN(losses), 3) as tf.Scalar
    })(tf.tensor2d(logits, [rows * time, vocab]))
    expect(found.loss![0]).toBeCloseTo(loss.dataSync()[0]!, 6)
    for (const [i, expected] of [...grad.dataSync()].entries())
      expect(Math.abs(found['grad:logits']![i]! - expected)).toBeLessThan(1e-6)
  })
})

/** After each prompt, responses that begin with an `a` are better than others. */
function rankings(count: number, first: number) {
  return Array.from({ length: count }, (_, i) => {
    const prompt = [60 + ((first + i) % 20), 61]
    const better = [...prompt, 97, 98 + (i % 5), 10]
    const worse = [...prompt, 100 + (i % 7), 101, 10]
    const prompts = [2, 2]
    return i % 2 === 0
      ? { sequences: [better, worse], prompts, ranks: [1, 2] }
      : { sequences: [worse, better], prompts, ranks: [2, 1] }
  })
}

const engine = await loadEngine('onnx')
const model = architecture('llama', sizes)

function train(change: Partial<DpoTask> = {}) {
  return dpo({
    model,
    weights: randomWeights(model, sizes.vocab, 1, 1),
    vocab: sizes.vocab,
    train: rankings(48, 0),
    heldOut: rankings(12, 7),
    settings: {
      epochs: 3,
      batch: 8,
      beta: 0.5,
      loss: 'bradley_terry',
      optimizer: { lr: 3e-3, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0 },
      schedule: { call: 'linear', warmup: 0, floor: 0 },
      clip: 1,
      seed: 1,
    },
    hints: { checkpoint_every: 1e9, log_every: 1 },
    engine,
    threads: 1,
    work: scratch(),
    signal: new AbortController().signal,
    emit: () => {},
    ...change,
  })
}

describe('dpo', () => {
  it('learns what is preferred, for rankings it has not seen too', async () => {
    const losses: number[] = []
    const { train: seen, heldOut } = await train({
      emit: (event) => event.event === 'metric' && event.loss !== undefined && losses.push(event.loss),
    })
    expect(losses[0]).toBeCloseTo(Math.LN2, 4)
    expect(losses.at(-1)).toBeLessThan(0.3)
    expect(seen.accuracy).toBeGreaterThan(0.95)
    expect(heldOut?.accuracy).toBeGreaterThan(0.9)
    expect(heldOut!.margins.mean).toBeGreaterThan(0.5)
  })

  it('computes as many rows as its rankings fill, not more', async () => {
    const shapes = new Set<string>()
    const watched: Engine = {
      ...engine,
      compile: async (graph, options) => {
        const executable = await engine.compile(graph, options)
        return {
          ...executable,
          run: (feeds, into) => {
            shapes.add(`${feeds.tokens!.shape}`)
            return executable.run(feeds, into)
          },
        }
      },
    }
    // Sixteen responses of five tokens fill 80 places: five rows of sixteen at least, since three fit a row.
    await train({ engine: watched })
    expect([...shapes]).toEqual(['6,16'])
    shapes.clear()
    // A pair a step: one row.
    const one = { epochs: 1, batch: 1, beta: 0.5, loss: 'bradley_terry', clip: 1, seed: 1 } as const
    const optimizer = { lr: 3e-3, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0 }
    const schedule = { call: 'constant', warmup: 0 } as const
    await train({ engine: watched, train: rankings(3, 0), settings: { ...one, optimizer, schedule } })
    expect([...shapes]).toEqual(['1,16'])
  })

  it('ends in the same bytes when it was interrupted, and on more threads', async () => {
    const undisturbed = await train()
    const work = scratch()
    for (const step of [2, 9]) {
      const stop = new AbortController()
      const emit: DpoTask['emit'] = (event) => {
        if (event.event === 'progress' && event.done === step) stop.abort()
      }
      await expect(train({ work, signal: stop.signal, emit })).rejects.toThrow(Interrupted)
    }
    expect((await train({ work })).tensors).toEqual(undisturbed.tensors)
    expect((await train({ threads: 2 })).tensors).toEqual(undisturbed.tensors)
  })
})
