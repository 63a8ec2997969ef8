/**
 * Supervised fine-tuning: next-token prediction on conversations, where only what the assistant says is learned (Ouyang et al. 2022).
 * The loop, from top to bottom. Several conversations share a row, each seeing only itself, so little of a batch is padding.
 */

import type { StageEvent } from '../../core/event.ts'
import { StageError } from '../../core/failure.ts'
import { Random } from '../../core/random.ts'
import type { Engine, Tensor } from '../../engine/engine.ts'
import { bind } from '../../model/bind.ts'
import { mostAlive } from '../../model/cost.ts'
import { differentiate } from '../../model/differentiate.ts'
import type { Graph } from '../../model/graph.ts'
import { type LoraSettings, targetNames, targetsOfNothing, withLora } from '../../model/lora.ts'
import { withCrossEntropy } from '../../model/loss.ts'
import { withSegments } from '../../model/segments.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { widthToFill } from '../batches/packed.ts'
import { inBatches, looked, rowsFor, rowsInMemory } from '../batches/rows.ts'
import { type LearnedSequence, makeSftBatch } from '../batches/sft-batches.ts'
import { SequenceScorer } from '../scores/sequence-scores.ts'
import { AdamW, type AdamWSettings, clipFactor } from '../step/adamw.ts'
import { checkFinite, remember } from '../step/divergence.ts'
import { rateAt, type Schedule, warmupWarning } from '../step/schedule.ts'
import { Standing } from '../step/standing.ts'
import { TrainingStep } from '../step/step.ts'
import { mergeAdapter } from '../weights/lora.ts'
import { decayedSpan, layOut, parameterCount, spanOf, views } from '../weights/parameters.ts'
import type { StoredTensor } from '../weights/safetensors.ts'
import { warmStart } from '../weights/warm-start.ts'

export interface SftSettings {
  readonly epochs: number
  /** Conversations of a step. */
  readonly batch: number
  readonly optimizer: AdamWSettings
  readonly schedule: Schedule
  readonly clip?: number | undefined
  /** What is learned is an adapter; without it, all weights are. */
  readonly lora?: LoraSettings | undefined
  readonly seed: number
}

/** What cannot change the result. */
export interface SftHints {
  /** Seconds between checkpoints. */
  readonly checkpoint_every: number
  readonly log_every: number
}

export interface SftTask {
  readonly model: ModelSpec
  /** What it begins as. */
  readonly weights: Readonly<Record<string, Tensor>>
  readonly vocab: number
  readonly train: readonly LearnedSequence[]
  /** Conversations that are not learned from, perhaps none. */
  readonly heldOut: readonly LearnedSequence[]
  readonly settings: SftSettings
  readonly hints: SftHints
  readonly engine: Engine
  readonly threads: number
  /** Where checkpoints lie. */
  readonly work: string
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

export interface Tuned {
  /** By name: all weights of the model, an adapter merged. */
  readonly tensors: Readonly<Record<string, Tensor>>
  /** What was learned, where that is an adapter. */
  readonly adapter?: Readonly<Record<string, StoredTensor>>
  /** How many numbers were learned. */
  readonly learned: number
  /** Mean loss of the last steps. */
  readonly trainLoss: number
  /** The mean −log p of a held-out answer's token, in nats: before, and after. */
  readonly heldOut?: { readonly base: number; readonly tuned: number }
}

/**
 * Fine-tunes the model. Resumes from the newest checkpoint in `work`; interrupted and resumed, or not, it ends in the same bytes.
 * Throws `Interrupted` after a checkpoint where `signal` aborts, a StageError where training diverges.
 */
export async function sft(task: SftTask): Promise<Tuned> {
  const { model, settings, hints, engine, threads, vocab, train, heldOut, emit } = task
  const { seed, batch: size, lora } = settings

  if (lora !== undefined) checkTargets(model.graph, lora)

  // The model over rows wide enough for every conversation, and all that is learned in one array.
  const longest = [...train, ...heldOut].reduce((most, { ids }) => Math.max(most, ids.length), 0)
  const perEpoch = Math.ceil(train.length / size)
  const orderOf = (epoch: number) => ({ epoch, order: new Random(seed, 'order', epoch).permutation(train.length) })
  let current = orderOf(0)
  const stepOf = (step: number): LearnedSequence[] => {
    // Each epoch goes through all conversations in an order of its own.
    const epoch = Math.floor(step / perEpoch)
    if (epoch !== current.epoch) current = orderOf(epoch)
    const { order } = current
    const place = (step % perEpoch) * size
    return Array.from(order.subarray(place, place + size), (i) => train[i]!)
  }
  const first = Array.from({ length: Math.min(perEpoch, Math.ceil(looked / size)) }, (_, step) => stepOf(step))
  const graphOf = (rows: number) => {
    const plain = withSegments(bind(model.graph, { batch: rows, time, vocab }))
    return lora === undefined ? plain : withLora(plain, lora)
  }
  const lengths = first.flat().map(({ ids }) => ids.length)
  const time = widthToFill(lengths, longest, model.context)
  const most = rowsInMemory((rows) => mostAlive(differentiate(withCrossEntropy(graphOf(rows)))))
  const units = first.map((some) => some.map(({ ids }) => [ids.length]))
  const rows = rowsFor(units, time, { most })
  const graph = graphOf(rows)
  const frozen = lora === undefined ? {} : task.weights
  const slots = layOut(graph.weights.filter(({ name }) => frozen[name] === undefined))
  const optimizer = new AdamW(spanOf(slots), decayedSpan(slots), settings.optimizer)
  const parameters = optimizer.weights
  const learnedViews = views(slots, parameters)
  const weightsNow = () =>
    lora === undefined ? learnedViews : mergeAdapter(task.weights, { ...lora, tensors: learnedViews as never })

  // Where it stands: at the beginning, or at a checkpoint.
  const start: { losses: readonly number[] } = { losses: [] }
  const standing = new Standing(task, optimizer, start, () =>
    warmStart(graph.weights, slots, parameters, task.weights, seed),
  )
  const { state } = standing

  const scorer =
    heldOut.length > 0 && (await SequenceScorer.compile(engine, model, { vocab, batch: rows, time, threads }))
  const base = scorer && (await heldOutLoss(scorer, task.weights, heldOut))
  if (base !== false) emit({ event: 'metric', step: 0, validLoss: base })

  const training = await TrainingStep.compile(engine, withCrossEntropy(graph), slots, optimizer, { threads })
  const batch = makeSftBatch(rows, time)
  const steps = settings.epochs * perEpoch
  const doubt = warmupWarning(settings.schedule, steps)
  if (doubt !== undefined) task.emit({ event: 'log', level: 'warning', message: doubt })
  let lastLog = performance.now()
  let tokensSinceLog = 0
  let lossSinceLog = 0
  let stepsSinceLog = 0

  for (let step = standing.step; step < steps; step++) {
    const some = stepOf(step)

    // Forward and backward, over as many batches as the conversations of the step fill. Every learned token weighs the same.
    optimizer.clear()
    const learned = some.reduce((sum, each) => sum + each.learned, 0)
    let loss = 0
    for (const [part, sequences] of inBatches(some, rows, time).entries()) {
      batch.fill(sequences, learned)
      const outputs = await training.accumulate({ ...batch.feeds, ...frozen }, seed, step * size + part)
      loss += outputs.loss!.data[0]!
    }
    const gradientNorm = optimizer.norm()
    state.losses = remember(state.losses, loss)
    checkFinite(step + 1, state.losses, gradientNorm)

    // The optimizer.
    const clipped = settings.clip === undefined ? 1 : clipFactor(gradientNorm, settings.clip)
    const lr = settings.optimizer.lr * rateAt(settings.schedule, step, steps)
    optimizer.update(step + 1, lr, clipped)

    // What people see.
    const done = step + 1
    lossSinceLog += loss
    stepsSinceLog++
    tokensSinceLog += some.reduce((sum, { ids }) => sum + ids.length, 0)
    emit({ event: 'progress', done, total: steps, unit: 'steps' })
    if (done % hints.log_every === 0 || done === steps) {
      const tokensPerSecond = Math.round((1000 * tokensSinceLog) / (performance.now() - lastLog))
      const mean = lossSinceLog / stepsSinceLog
      emit({ event: 'metric', step: done, loss: mean, tokensPerSecond, learningRate: lr, gradientNorm })
      lastLog = performance.now()
      tokensSinceLog = lossSinceLog = stepsSinceLog = 0
    }
    if (done % perEpoch === 0 && done < steps && scorer) {
      emit({ event: 'metric', step: done, validLoss: await heldOutLoss(scorer, weightsNow(), heldOut) })
    }

    standing.secure(done, steps)
  }
  await training.dispose()

  const tensors = weightsNow()
  const tuned = scorer && (await heldOutLoss(scorer, tensors, heldOut))
  if (scorer) await scorer.dispose()
  if (tuned !== false) emit({ event: 'metric', step: steps, validLoss: tuned })
  const trainLoss = state.losses.reduce((sum, loss) => sum + loss, 0) / state.losses.length
  return {
    tensors,
    ...(lora === undefined ? {} : { adapter: learnedViews as Readonly<Record<string, StoredTensor>> }),
    learned: parameterCount(slots),
    trainLoss,
    ...(base !== false && tuned !== false ? { heldOut: { base, tuned } } : {}),
  }
}

/** The mean −log p of the learned tokens, each weighing the same. */
async function heldOutLoss(
  scorer: SequenceScorer,
  weights: Readonly<Record<string, Tensor>>,
  sequences: readonly LearnedSequence[],
): Promise<number> {
  const scores = await scorer.logProbabilities(
    weights,
    sequences.map(({ ids }) => ids),
  )
  let sum = 0
  let count = 0
  for (const [i, { mask, learned }] of sequences.entries()) {
    for (let t = 1; t < mask.length; t++) if (mask[t] === 1) sum -= scores[i]![t - 1]!
    count += learned
  }
  return sum / count
}

/** Throws a StageError where a target names no matrix: it would be left out without a word. */
function checkTargets(graph: Graph, { targets }: LoraSettings): void {
  const none = targetsOfNothing(graph, targets)
  if (none.length === 0) return
  throw new StageError(
    'no-such-weights',
    `no matrix of the model is called ${none.join(' or ')}`,
    `It has ${targetNames(graph).join(', ')}.`,
  )
}
