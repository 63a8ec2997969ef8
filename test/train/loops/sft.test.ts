/** Supervised fine-tuning: only answers are learned, packing changes nothing, and it resumes in the same bytes. */

import { describe, expect, it } from 'vitest'
import { parse } from '../../../grammar/parse.ts'
import { Interrupted } from '../../../src/core/failure.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { spanOf } from '../../../src/engine/training-session.ts'
import { architecture as elaborated } from '../../../src/language/architecture.ts'
import { withSegments } from '../../../src/model/attention/segments.ts'
import { bind } from '../../../src/model/bind.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { inBatches, sequenceUnit } from '../../../src/train/batches/rows.ts'
import { type LearnedSequence, makeSftBatch } from '../../../src/train/batches/sft-batches.ts'
import { type SftTask, sft } from '../../../src/train/loops/sft.ts'
import { SequenceScorer } from '../../../src/train/scores/sequence-scores.ts'
import { initialize } from '../../../src/train/weights/initialize.ts'
import { layOut, views } from '../../../src/train/weights/parameters.ts'
import { randomWeights } from '../random-weights.ts'
import { architecture, scratch, sizes } from '../small.ts'

const engine = await loadEngine('onnx')
const model = architecture('llama', sizes)
const base = (() => {
  const { weights } = bind(model.graph, { batch: 1, time: 8, vocab: sizes.vocab })
  const slots = layOut(weights)
  const flat = new Float32Array(spanOf(slots))
  initialize(weights, slots, flat, 1)
  return views(slots, flat)
})()

/** Tokens see earlier ones by a convolution, and by attention within a window. The loss has a term of rows, and one of tokens. */
const reaching = elaborated(
  parse(
    'net',
    `model net(vocab, context, dim = 8) {
      x = embedding(tokens, vocab, dim)
      x = x + conv1d(x, 3, bias: true) + shift(x, by: 2)
      q, k, v = linear(x, 3 * dim) |> split(3)
      y = scaled_dot_product(split_heads(q, 2), split_heads(k, 2), split_heads(v, 2), window: 2)
      z = linear(x + merge_heads(y), vocab)
      loss_term(mean(x * x), "size", weight: 0)
      loss_term(mean(mean(x * x), axis: 1), "mixed", weight: 0)
      z
    }`,
  ).program,
  'net',
  { vocab: sizes.vocab, context: 16 },
)

/** A question of some ids, and its answer, which is learned. */
function sequence(question: readonly number[], answer: readonly number[]): LearnedSequence {
  const mask = Uint8Array.from([...question.map(() => 0), ...answer.map(() => 1)])
  return { ids: Uint32Array.from([...question, ...answer]), mask, learned: answer.length }
}

/** The answer says the question's last id twice. */
function pairs(count: number, first: number): LearnedSequence[] {
  return Array.from({ length: count }, (_, i) => {
    const id = 60 + ((first + 3 * i) % 8)
    const asked = Array.from({ length: 1 + (i % 4) }, (_, j) => 40 + ((i + j) % 7))
    return sequence([...asked, id], [id, id, 10])
  })
}

function train(change: Partial<SftTask> = {}) {
  return sft({
    model,
    weights: base,
    vocab: sizes.vocab,
    train: pairs(64, 0),
    heldOut: pairs(16, 1),
    settings: {
      epochs: 6,
      batch: 16,
      optimizer: { lr: 1e-2, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0 },
      schedule: { call: 'cosine', warmup: 0, floor: 0.1 },
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

describe('a batch of conversations', () => {
  it('learns the ids of answers, each at the place before it', () => {
    const batch = makeSftBatch(1, 8)
    batch.fill([sequence([5, 6], [7, 8])], 2)
    const [counts, targets] = [batch.feeds.counts!.data, batch.feeds.targets!.data]
    expect([...counts]).toEqual([0, 1, 1, 0, 0, 0, 0, 0])
    expect([targets[1], targets[2]]).toEqual([7, 8])
  })

  it('keeps conversations of a row apart: segments and positions begin anew', () => {
    const batch = makeSftBatch(1, 8)
    batch.fill([sequence([5], [6, 7]), sequence([8], [9])], 3)
    expect([...batch.feeds.segments!.data]).toEqual([1, 1, 1, 2, 2, 0, 0, 0])
    expect([...batch.feeds.positions!.data]).toEqual([0, 1, 2, 0, 1, 0, 0, 0])
    expect([...batch.feeds.counts!.data]).toEqual([1, 1, 0, 1, 0, 0, 0, 0])
  })

  it.each([
    ['a Llama', model, base],
    ['a model that reaches earlier tokens and has windows', reaching, randomWeights(reaching, sizes.vocab)],
  ])('has the loss of its conversations one by one: %s', async (_, model, base) => {
    const all = pairs(6, 0)
    const graph = withCrossEntropy(withSegments(bind(model.graph, { batch: 2, time: 16, vocab: sizes.vocab })))
    const packed = await engine.compile(graph, { threads: 1 })
    const batch = makeSftBatch(2, 16)
    const learned = all.reduce((sum, each) => sum + each.learned, 0)
    let together = 0
    for (const part of inBatches(all, sequenceUnit, { rows: 2, time: 16 })) {
      batch.fill(part, learned)
      together += (await packed.run({ ...base, ...batch.feeds })).loss!.data[0]!
    }
    // One conversation a row, scored by another graph.
    const scorer = await SequenceScorer.compile(engine, model, { vocab: sizes.vocab, rows: 1, time: 16, threads: 1 })
    let alone = 0
    for (const { ids, mask } of all) {
      const [scores] = await scorer.logProbabilities(base, [ids])
      for (let t = 1; t < ids.length; t++) if (mask[t] === 1) alone -= scores![t - 1]! / learned
    }
    expect(together).toBeCloseTo(alone, 5)
    await packed.dispose()
    await scorer.dispose()
  })
})

describe('sft', () => {
  it('warns of loss terms that depend on the conversations of a row', async () => {
    const logs: string[] = []
    const emit: SftTask['emit'] = (event) => {
      if (event.event === 'log' && event.level === 'warning') logs.push(event.message)
    }
    const weights = randomWeights(reaching, sizes.vocab)
    await train({ model: reaching, weights, train: pairs(16, 0), heldOut: [], emit })
    expect(logs).toEqual([
      'The loss term `mixed` of the model is computed over whole rows, which here hold several texts and padding: it depends on the texts that share a row. A term of each token, [batch, time], does not',
    ])
  })

  it('learns to answer, also what it was not asked before', async () => {
    const { heldOut, trainLoss } = await train()
    expect(heldOut!.base).toBeCloseTo(Math.log(sizes.vocab), 0)
    expect(heldOut!.tuned).toBeLessThan(heldOut!.base / 2)
    expect(trainLoss).toBeGreaterThan(0)
  })

  it('ends in the same bytes when it was interrupted, and on more threads', async () => {
    const undisturbed = await train()
    const work = scratch()
    for (const step of [3, 17]) {
      const stop = new AbortController()
      const emit: SftTask['emit'] = (event) => {
        if (event.event === 'progress' && event.done === step) stop.abort()
      }
      await expect(train({ work, signal: stop.signal, emit })).rejects.toThrow(Interrupted)
    }
    expect(await train({ work })).toEqual(undisturbed)
    expect(await train({ threads: 2 })).toEqual(undisturbed)
  })
})
