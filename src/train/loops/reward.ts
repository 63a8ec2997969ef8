/**
 * Reward modelling: a scalar head on a language model learns to score responses as rankings have them (Ziegler et al. 2019,
 * Stiennon et al. 2020, Ouyang et al. 2022). The loop, from top to bottom. Of "The N Implementation Details of RLHF with PPO"
 * (Huang et al. 2023) these are here:
 *
 *     general 1   the model sees prompt and response together: the sequences of `RankedSequences`
 *     general 2   no padding to speak of: packed.ts; what is too long for the context is dropped or cut before: reward-examples.ts
 *     general 5   the learning rate falls to 0 over a single epoch: defaults of the kind
 *     reward 1    the score is read at the last token: withScoresAtLast, `scoresOf`
 *     reward 2    the head begins as N(0, 1/√(dim + 1)), its bias at 0: `rewardInit`
 *     reward 3    scores are normalized to mean 0 and deviation 1 after training: `normalize`. Before training they are not: the
 *                 loss does not see a shift, and the head begins near deviation 1. The mean is over the responses of the
 *                 rankings, where Ziegler et al. sampled from the language model: no generator is needed here.
 */

import type { StageEvent } from '../../core/event.ts'
import { Random } from '../../core/random.ts'
import type { Distribution } from '../../core/report.ts'
import type { Engine, Tensor } from '../../engine/engine.ts'
import { bind } from '../../model/bind.ts'
import { mostAlive } from '../../model/cost.ts'
import { differentiate } from '../../model/differentiate.ts'
import { rewardInit, withOutputs, withScalarHead } from '../../model/heads.ts'
import { withSegments } from '../../model/segments.ts'
import type { ModelSpec } from '../../model/spec.ts'
import type { Interval } from '../alignment/bootstrap.ts'
import { makeRankingBatch, type RankedSequences, sizesFor, splitStep } from '../batches/ranking-batches.ts'
import { rowsInMemory } from '../batches/rows.ts'
import { type Agreement, accuracyInterval, agreement, distribution, type ScoredRanking } from '../scores/agreement.ts'
import { rewardForward, rewardHead, scoresOf } from '../scores/reward-scores.ts'
import { AdamW, type AdamWSettings, clipFactor } from '../step/adamw.ts'
import { checkFinite, remember } from '../step/divergence.ts'
import { rateAt, type Schedule, warmupWarning } from '../step/schedule.ts'
import { Standing } from '../step/standing.ts'
import { TrainingStep } from '../step/step.ts'
import { decayedSpan, layOut, type ParameterSlot, spanOf, views } from '../weights/parameters.ts'
import { warmStart } from '../weights/warm-start.ts'
import { type PreferenceLoss, withPreferenceLoss, withScoresAtLast } from './preference-loss.ts'

export interface RewardSettings {
  readonly epochs: number
  /** Rankings of a step. */
  readonly batch: number
  readonly loss: PreferenceLoss
  /** By how much the better score has to exceed the worse, in the loss. */
  readonly margin: number
  /** What the square of summed scores weighs in the loss. */
  readonly centring: number
  /** Whether the scores of the rankings learned from are to have mean 0 and deviation 1. */
  readonly normalize: boolean
  readonly optimizer: AdamWSettings
  readonly schedule: Schedule
  readonly clip?: number | undefined
  readonly seed: number
}

/** What cannot change the result. */
export interface RewardHints {
  /** Seconds between checkpoints. */
  readonly checkpoint_every: number
  readonly log_every: number
}

export interface RewardTask {
  /** The language model it begins as, and its weights. */
  readonly model: ModelSpec
  readonly weights: Readonly<Record<string, Tensor>>
  readonly vocab: number
  readonly train: readonly RankedSequences[]
  /** Rankings of other prompts, perhaps none. */
  readonly heldOut: readonly RankedSequences[]
  readonly settings: RewardSettings
  readonly hints: RewardHints
  readonly engine: Engine
  readonly threads: number
  /** Where checkpoints lie. */
  readonly work: string
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

export interface TrainedReward {
  /** With the one output `reward` [batch, time]. */
  readonly model: ModelSpec
  readonly slots: readonly ParameterSlot[]
  readonly parameters: Float32Array
  /** The agreement with rankings, of scores as they were learned: before they were normalized. */
  readonly train: Agreement
  readonly heldOut?: Agreement & { readonly interval: Interval }
  /** What the learned scores were divided by: σ(scale · (a − b)) is the probability that a is preferred. */
  readonly scale: number
  /** The scores of the held-out responses (of all, where none are held out), as the artefact gives them. */
  readonly scores: Distribution
}

/**
 * Trains the reward model. Resumes from the newest checkpoint in `work`; interrupted and resumed, or not, it ends in the same
 * bytes. Throws `Interrupted` after a checkpoint where `signal` aborts, a StageError where training diverges.
 */
export async function trainReward(task: RewardTask): Promise<TrainedReward> {
  const { settings, hints, engine, threads, vocab, train, emit } = task
  const { seed, batch: size } = settings

  // The language model with its head, and without its logits; all weights in one array.
  const graph = withOutputs(withScalarHead(task.model.graph, rewardHead, rewardInit), [rewardHead])
  const model: ModelSpec = { ...task.model, graph }
  const boundTo = (rows: number, time: number) => withSegments(bind(graph, { batch: rows, time, vocab }))
  const firstOrder = new Random(seed, 'order', 0).permutation(train.length)
  const sizes = sizesFor(
    Array.from(firstOrder, (i) => train[i]!),
    {
      batch: size,
      context: model.context,
      loss: settings.loss,
      mostRows: (time) =>
        rowsInMemory((rows) => {
          const scored = withScoresAtLast(boundTo(rows, time), 1)
          return mostAlive(differentiate(withPreferenceLoss(scored, { choices: 1, options: 1, centring: 0 })))
        }),
    },
  )
  const bound = boundTo(sizes.rows, sizes.time)
  const slots = layOut(bound.weights)
  const optimizer = new AdamW(spanOf(slots), decayedSpan(slots), settings.optimizer)
  const parameters = optimizer.weights
  const weights = views(slots, parameters)

  // Where it stands: at the beginning, or at a checkpoint.
  const start: { losses: readonly number[] } = { losses: [] }
  const standing = new Standing(task, optimizer, start, () =>
    warmStart(bound.weights, slots, parameters, task.weights, seed),
  )
  const { state } = standing

  const objective = withPreferenceLoss(withScoresAtLast(bound, sizes.responses), {
    ...sizes,
    centring: settings.centring,
  })
  const training = await TrainingStep.compile(engine, objective, slots, optimizer, { threads })
  const forward = rewardForward(engine, model, { vocab, rows: sizes.rows, threads })
  const scoreAll = async (rankings: readonly RankedSequences[]): Promise<ScoredRanking[]> => {
    const sequences = rankings.flatMap((ranking) => ranking.sequences)
    const scores = Array.from(await scoresOf(forward, weights, sequences))
    return rankings.map(({ ranks }) => ({ ranks, scores: scores.splice(0, ranks.length) }))
  }

  const batch = makeRankingBatch(sizes, settings.loss, settings.margin)
  const perEpoch = Math.ceil(train.length / size)
  const steps = settings.epochs * perEpoch
  const doubt = warmupWarning(settings.schedule, steps)
  if (doubt !== undefined) task.emit({ event: 'log', level: 'warning', message: doubt })
  let sinceLog: ScoredRanking[] = []
  let lossSinceLog = 0
  let stepsSinceLog = 0

  for (let step = standing.step; step < steps; step++) {
    // Each epoch goes through all rankings in an order of its own.
    const epoch = Math.floor(step / perEpoch)
    const order = new Random(seed, 'order', epoch).permutation(train.length)
    const place = (step % perEpoch) * size
    const some = Array.from(order.subarray(place, place + size), (i) => train[i]!)

    // Forward and backward, over as many batches as the rankings of the step fill.
    optimizer.clear()
    let loss = 0
    for (const [part, rankings] of splitStep(some, sizes).entries()) {
      const { starts } = batch.fill(rankings, some.length)
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
      const meanLoss = lossSinceLog / stepsSinceLog
      emit({
        event: 'metric',
        step: done,
        loss: meanLoss,
        accuracy,
        margin: margins.mean,
        learningRate: lr,
        gradientNorm,
      })
      sinceLog = []
      lossSinceLog = 0
      stepsSinceLog = 0
    }
    if (done % perEpoch === 0 && done < steps && task.heldOut.length > 0) {
      const { loss: validLoss, accuracy: validAccuracy } = agreement(await scoreAll(task.heldOut))
      emit({ event: 'metric', step: done, validLoss, validAccuracy })
    }

    standing.secure(done, steps)
  }
  await training.dispose()

  // What it learned, and the scale of its scores.
  const scored = await scoreAll(train)
  const scoredHeldOut = task.heldOut.length > 0 ? await scoreAll(task.heldOut) : undefined
  await forward.dispose()
  const learned = distribution(scored.flatMap(({ scores }) => scores))
  const scale = settings.normalize && learned.deviation > 0 ? learned.deviation : 1
  const shift = settings.normalize ? learned.mean : 0
  const seen = distribution((scoredHeldOut ?? scored).flatMap(({ scores }) => scores))
  if (settings.normalize) normalizeHead(slots, parameters, shift, scale)
  const onTrain = agreement(scored)
  const onHeldOut = scoredHeldOut && agreement(scoredHeldOut)
  if (onHeldOut) emit({ event: 'metric', step: steps, validLoss: onHeldOut.loss, validAccuracy: onHeldOut.accuracy })
  return {
    model,
    slots,
    parameters,
    train: onTrain,
    ...(scoredHeldOut && onHeldOut
      ? { heldOut: { ...onHeldOut, interval: accuracyInterval(scoredHeldOut, seed) } }
      : {}),
    scale,
    scores: {
      mean: (seen.mean - shift) / scale,
      deviation: seen.deviation / scale,
      quantiles: seen.quantiles.map((score) => (score - shift) / scale),
    },
  }
}

/** (score − shift) / scale, by the weights of the head themselves. */
function normalizeHead(slots: readonly ParameterSlot[], parameters: Float32Array, shift: number, scale: number): void {
  const slice = (name: string) => {
    const { start, size } = slots.find((slot) => slot.name === `${rewardHead}_head.${name}`)!
    return parameters.subarray(start, start + size)
  }
  const [weight, bias] = [slice('weight'), slice('bias')]
  for (let i = 0; i < weight.length; i++) weight[i]! /= scale
  bias[0] = (bias[0]! - shift) / scale
}
