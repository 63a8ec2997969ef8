/**
 * Direct preference optimization (Rafailov et al. 2023): a language model learns from rankings without a reward model, since every policy
 * stands for a reward, β · (log p(response) − log p_reference(response)). The reference is the model as it began; how it scores the
 * rankings is computed once. The loop, from top to bottom. The loss of a pair is equation 7, −log σ(Δ), Δ the difference of the two
 * rewards; that of a longer ranking is over its pairs, or Plackett-Luce's (appendix A.3).
 */

import type { StageEvent } from '../../core/event.ts'
import { Random } from '../../core/random.ts'
import type { Engine, Tensor } from '../../engine/engine.ts'
import { bind } from '../../model/bind.ts'
import { mostAlive } from '../../model/cost.ts'
import { differentiate } from '../../model/differentiate.ts'
import { withCrossEntropy } from '../../model/loss.ts'
import { withoutDropout } from '../../model/rewrite.ts'
import { withSegments } from '../../model/segments.ts'
import type { ModelSpec } from '../../model/spec.ts'
import type { Interval } from '../alignment/bootstrap.ts'
import {
  makeRankingBatch,
  type RankedSequences,
  type RankingSizes,
  sizesFor,
  splitStep,
} from '../batches/ranking-batches.ts'
import { rowsInMemory } from '../batches/rows.ts'
import { type Agreement, accuracyInterval, agreement, type ScoredRanking } from '../scores/agreement.ts'
import { SequenceScorer } from '../scores/sequence-scores.ts'
import { AdamW, type AdamWSettings, clipFactor } from '../step/adamw.ts'
import { checkFinite, remember } from '../step/divergence.ts'
import { rateAt, type Schedule, warmupWarning } from '../step/schedule.ts'
import { Standing } from '../step/standing.ts'
import { TrainingStep } from '../step/step.ts'
import { decayedSpan, layOut, type ParameterSlot, spanOf, views } from '../weights/parameters.ts'
import { warmStart } from '../weights/warm-start.ts'
import { type PreferenceLoss, withImplicitRewards, withPreferenceLoss } from './preference-loss.ts'

export interface DpoSettings {
  readonly epochs: number
  /** Rankings of a step. */
  readonly batch: number
  /** What going away from the reference costs. */
  readonly beta: number
  readonly loss: PreferenceLoss
  readonly optimizer: AdamWSettings
  readonly schedule: Schedule
  readonly clip?: number | undefined
  readonly seed: number
}

/** What cannot change the result. */
export interface DpoHints {
  /** Seconds between checkpoints. */
  readonly checkpoint_every: number
  readonly log_every: number
}

export interface DpoTask {
  /** What policy and reference begin as. */
  readonly model: ModelSpec
  readonly weights: Readonly<Record<string, Tensor>>
  readonly vocab: number
  readonly train: readonly RankedSequences[]
  /** Rankings of other prompts, perhaps none. */
  readonly heldOut: readonly RankedSequences[]
  readonly settings: DpoSettings
  readonly hints: DpoHints
  readonly engine: Engine
  readonly threads: number
  /** Where checkpoints lie. */
  readonly work: string
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

export interface PreferringPolicy {
  readonly slots: readonly ParameterSlot[]
  readonly parameters: Float32Array
  /** How far the rewards that it stands for agree with the rankings. */
  readonly train: Agreement
  readonly heldOut?: Agreement & { readonly interval: Interval }
}

/** A ranking, and log p_reference of each response. */
interface Referred extends RankedSequences {
  readonly references: readonly number[]
}

/**
 * Trains the policy. Resumes from the newest checkpoint in `work`; interrupted and resumed, or not, it ends in the same bytes. Throws
 * `Interrupted` after a checkpoint where `signal` aborts, a StageError where training diverges. Dropout is off: policy and reference
 * are to agree before anything is learned.
 */
export async function dpo(task: DpoTask): Promise<PreferringPolicy> {
  const { model, settings, hints, engine, threads, vocab, emit } = task
  const { seed, batch: size, beta } = settings

  // The model over rows wide enough for every response, and all its weights in one array.
  const graphOf = (rows: number, time: number) =>
    withSegments(bind(withoutDropout(model.graph), { batch: rows, time, vocab }))
  const firstOrder = new Random(seed, 'order', 0).permutation(task.train.length)
  const sizes = sizesFor(
    Array.from(firstOrder, (i) => task.train[i]!),
    {
      batch: size,
      context: model.context,
      loss: settings.loss,
      others: task.heldOut,
      mostRows: (time) => rowsInMemory((rows) => mostAlive(differentiate(withCrossEntropy(graphOf(rows, time))))),
    },
  )
  const { rows, time } = sizes
  const graph = graphOf(rows, time)
  const slots = layOut(graph.weights)
  const optimizer = new AdamW(spanOf(slots), decayedSpan(slots), settings.optimizer)
  const parameters = optimizer.weights
  const weights = views(slots, parameters)

  const start: { losses: readonly number[] } = { losses: [] }
  const standing = new Standing(task, optimizer, start, () =>
    warmStart(graph.weights, slots, parameters, task.weights, seed),
  )
  const { state } = standing

  // What the reference makes of the rankings. A scorer holds the memory of its runs, so there is one only while it is needed.
  const sumsOf = async (weights: Readonly<Record<string, Tensor>>, rankings: readonly RankedSequences[]) => {
    const scorer = await SequenceScorer.compile(engine, model, { vocab, batch: rows, time, threads })
    const sums = await responseSums(scorer, weights, rankings)
    await scorer.dispose()
    return sums
  }
  const references = await sumsOf(task.weights, [...task.train, ...task.heldOut])
  const referred = (rankings: readonly RankedSequences[], first: number): Referred[] =>
    rankings.map((ranking, i) => ({ ...ranking, references: references[first + i]! }))
  const [train, heldOut] = [referred(task.train, 0), referred(task.heldOut, task.train.length)]
  const scoreAll = async (rankings: readonly Referred[]): Promise<ScoredRanking[]> => {
    const sums = await sumsOf(weights, rankings)
    return rankings.map(({ ranks, references }, i) => ({
      ranks,
      scores: sums[i]!.map((sum, j) => beta * (sum - references[j]!)),
    }))
  }

  const objective = withPreferenceLoss(withImplicitRewards(graph, sizes.responses, beta), { ...sizes, centring: 0 })
  const training = await TrainingStep.compile(engine, objective, slots, optimizer, { threads })
  const batch = makeDpoBatch(sizes, settings.loss)
  const perEpoch = Math.ceil(train.length / size)
  const steps = settings.epochs * perEpoch
  const doubt = warmupWarning(settings.schedule, steps)
  if (doubt !== undefined) task.emit({ event: 'log', level: 'warning', message: doubt })
  let sinceLog: ScoredRanking[] = []
  let lossSinceLog = 0
  let stepsSinceLog = 0

  for (let step = standing.step; step < steps; step++) {
    // Each epoch goes through all rankings in an order of its own.
    const order = new Random(seed, 'order', Math.floor(step / perEpoch)).permutation(train.length)
    const place = (step % perEpoch) * size
    const some = Array.from(order.subarray(place, place + size), (i) => train[i]!)

    // Forward and backward, over as many batches as the rankings of the step fill.
    optimizer.clear()
    let loss = 0
    for (const [part, rankings] of splitStep(some, sizes).entries()) {
      const starts = batch.fill(rankings, some.length)
      const outputs = await training.accumulate(batch.feeds, seed, step * size + part)
      loss += outputs.loss!.data[0]!
      const scores = Array.from(outputs.scores!.data as Float32Array)
      for (const [i, { ranks }] of rankings.entries())
        sinceLog.push({ ranks, scores: scores.slice(starts[i], starts[i]! + ranks.length) })
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
    emit({ event: 'progress', done, total: steps, unit: 'steps' })
    if (done % hints.log_every === 0 || done === steps) {
      const { accuracy, margins } = agreement(sinceLog)
      const mean = lossSinceLog / stepsSinceLog
      emit({
        event: 'metric',
        step: done,
        loss: mean,
        accuracy,
        margin: margins.mean,
        learningRate: lr,
        gradientNorm,
      })
      sinceLog = []
      lossSinceLog = stepsSinceLog = 0
    }
    if (done % perEpoch === 0 && done < steps && heldOut.length > 0) {
      const { loss: validLoss, accuracy: validAccuracy } = agreement(await scoreAll(heldOut))
      emit({ event: 'metric', step: done, validLoss, validAccuracy })
    }
    standing.secure(done, steps)
  }
  await training.dispose()

  const onTrain = agreement(await scoreAll(train))
  const scoredHeldOut = heldOut.length > 0 ? await scoreAll(heldOut) : undefined
  const onHeldOut = scoredHeldOut && agreement(scoredHeldOut)
  if (onHeldOut) emit({ event: 'metric', step: steps, validLoss: onHeldOut.loss, validAccuracy: onHeldOut.accuracy })
  return {
    slots,
    parameters,
    train: onTrain,
    ...(scoredHeldOut && onHeldOut
      ? { heldOut: { ...onHeldOut, interval: accuracyInterval(scoredHeldOut, seed) } }
      : {}),
  }
}

/** log p of each response of each ranking, in nats: the sum over its tokens. */
async function responseSums(
  scorer: SequenceScorer,
  weights: Readonly<Record<string, Tensor>>,
  rankings: readonly RankedSequences[],
): Promise<number[][]> {
  const scores = await scorer.logProbabilities(
    weights,
    rankings.flatMap(({ sequences }) => sequences),
  )
  let next = 0
  return rankings.map(({ prompts }) =>
    prompts.map((prompt) => scores[next++]!.subarray(prompt - 1).reduce((sum, each) => sum + each, 0)),
  )
}

/** Memory of a batch, filled again and again: that of a reward model, and what withImplicitRewards is fed besides. */
export function makeDpoBatch(sizes: RankingSizes, loss: PreferenceLoss) {
  const { rows, time, responses } = sizes
  const batch = makeRankingBatch(sizes, loss, 0)
  const members = new Float32Array(responses * rows * time)
  const references = new Float32Array(responses)
  const feeds: Readonly<Record<string, Tensor>> = {
    ...batch.feeds,
    members: { dtype: 'float32', shape: [responses, rows * time], data: members },
    references: { dtype: 'float32', shape: [responses], data: references },
  }
  /** Fills it with rankings that fit, of a step of `count`; returns which response is the first of each. */
  const fill = (rankings: readonly Referred[], count: number): readonly number[] => {
    const { starts, placed } = batch.fill(rankings, count)
    const prompts = rankings.flatMap((ranking) => ranking.prompts)
    const lengths = rankings.flatMap(({ sequences }) => sequences.map(({ length }) => length))
    members.fill(0)
    references.fill(0)
    references.set(rankings.flatMap((ranking) => ranking.references))
    for (const { index, at } of placed) {
      // What is said of a token stands where it is the target: at the token before it.
      const row = index * rows * time + at
      members.fill(1, row + prompts[index]! - 1, row + lengths[index]! - 1)
    }
    return starts
  }
  return { feeds, fill }
}
