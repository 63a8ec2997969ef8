/**
 * Reward models, the loop from top to bottom: a scalar head on a language model learns to score responses in the order of rankings
 * (Ziegler et al. 2019, Stiennon et al. 2020, Ouyang et al. 2022). It has these details of "The N Implementation Details of RLHF with PPO"
 * (Huang et al. 2023):
 *
 *     general 1   the model sees prompt and response together: the sequences of `RankedSequences`
 *     general 2   little padding: packed.ts; sequences too long for the context are dropped or cut before: reward-examples.ts
 *     general 5   the learning rate falls to 0 over a single epoch: defaults of the kind
 *     reward 1    the score is read at the last token: withScoresAtLast, `scoresOf`
 *     reward 2    the head begins as N(0, 1/√(dim + 1)), its bias at 0: `rewardInit`
 *     reward 3    scores are normalized to mean 0 and deviation 1 after training: `normalize`. Before training they are not: the
 *                 loss does not see a shift, and the head begins near deviation 1. The mean is over the responses of the
 *                 rankings, where Ziegler et al. sampled from the language model: no generator is needed here.
 */

import type { Distribution } from '../../core/report.ts'
import type { ParameterSlot } from '../../engine/training-session.ts'
import { bind } from '../../model/bind.ts'
import { peakBytes } from '../../model/cost.ts'
import { differentiate } from '../../model/differentiate.ts'
import { rewardInit, withOutputs, withScalarHead } from '../../model/heads.ts'
import { withSegments } from '../../model/segments.ts'
import type { ModelSpec } from '../../model/spec.ts'
import type { Interval } from '../alignment/bootstrap.ts'
import type { PreferenceLoss } from '../batches/choices.ts'
import { Epochs } from '../batches/epochs.ts'
import { makeRankingBatch, type RankedSequences, rankingUnit, sizesFor } from '../batches/ranking-batches.ts'
import { inBatches, rowsInMemory } from '../batches/rows.ts'
import {
  type Agreement,
  accuracyInterval,
  agreement,
  distribution,
  type ScoredRanking,
  scoredRankings,
} from '../scores/agreement.ts'
import { rewardForward, rewardHead, scoresOf } from '../scores/reward-scores.ts'
import { Meter } from '../step/meter.ts'
import { warnOfWarmup } from '../step/schedule.ts'
import type { ClippingSettings, OptimizerSettings, TuningTask } from '../step/task.ts'
import { Training } from '../step/training.ts'
import { layOut } from '../weights/parameters.ts'
import { warmStart } from '../weights/warm-start.ts'
import { withPreferenceLoss, withScoresAtLast } from './preference-loss.ts'

export interface RewardSettings extends OptimizerSettings, ClippingSettings {
  readonly epochs: number
  /** Rankings of a step. */
  readonly batch: number
  readonly loss: PreferenceLoss
  /** By how much the better score has to exceed the worse, in the loss. */
  readonly margin: number
  /** The weight of the square of summed scores in the loss. */
  readonly centring: number
  /** Whether to normalize scores to mean 0 and deviation 1 over the rankings that are learned from. */
  readonly normalize: boolean
}

export interface RewardTask extends TuningTask<RewardSettings> {
  readonly train: readonly RankedSequences[]
  /** Rankings of other prompts to measure on; may be empty. */
  readonly heldOut: readonly RankedSequences[]
}

export interface TrainedReward {
  /** With the one output `reward` [batch, time]. */
  readonly model: ModelSpec
  readonly slots: readonly ParameterSlot[]
  readonly parameters: Float32Array
  /** The agreement of scores with rankings, before normalization. */
  readonly train: Agreement
  readonly heldOut?: Agreement & { readonly interval: Interval }
  /** The learned scores are divided by it: σ(scale · (a − b)) is the probability that a is preferred. */
  readonly scale: number
  /** The normalized scores of the held-out responses; of all responses if none are held out. */
  readonly scores: Distribution
}

/**
 * Trains the reward model. Resumes from the newest checkpoint in `work`; interrupted and resumed, or not, it ends in the same
 * bytes. Throws `Interrupted` after a checkpoint if `signal` aborts, a StageError if training diverges.
 */
export async function trainReward(task: RewardTask): Promise<TrainedReward> {
  const { settings, threads, vocab, train, heldOut, emit } = task
  const { seed, batch: size, clip } = settings

  // The language model with its head, and without its logits.
  const graph = withOutputs(withScalarHead(task.model.graph, rewardHead, rewardInit), [rewardHead])
  const model: ModelSpec = { ...task.model, graph }
  const boundTo = (rows: number, time: number) => withSegments(bind(graph, { batch: rows, time, vocab }))
  const epochs = new Epochs(train, settings)
  const { steps } = epochs
  const sizes = sizesFor(epochs.inOrder(0), {
    batch: size,
    context: model.context,
    loss: settings.loss,
    maxRows: (time) =>
      rowsInMemory((rows) => {
        const scored = withScoresAtLast(boundTo(rows, time), 1)
        return peakBytes(differentiate(withPreferenceLoss(scored, { choices: 1, options: 1, centring: 0 })))
      }),
  })

  const bound = boundTo(sizes.rows, sizes.time)
  const slots = layOut(bound.weights)
  const scored = withScoresAtLast(bound, sizes.responses)
  const training = await Training.start(task, {
    objective: withPreferenceLoss(scored, { ...sizes, centring: settings.centring }),
    slots,
    state: { losses: [] },
    initialize: (some, flat) => warmStart(bound.weights, some, flat, task.weights, seed),
  })
  const forward = rewardForward(training.compiler, model, { vocab, rows: sizes.rows, threads })
  const scoreAll = async (rankings: readonly RankedSequences[]): Promise<ScoredRanking[]> => {
    const sequences = rankings.flatMap((ranking) => ranking.sequences)
    const scores = Array.from(await scoresOf(forward, training.weights, sequences))
    return rankings.map(({ ranks }) => ({ ranks, scores: scores.splice(0, ranks.length) }))
  }

  const batch = makeRankingBatch(sizes, settings.loss, settings.margin)
  warnOfWarmup(task, steps)
  const meter = new Meter(task, steps)
  let sinceReport: ScoredRanking[] = []

  for (let step = training.step; step < steps; step++) {
    // Forward and backward, over as many batches as the rankings of the step fill.
    const examples = epochs.at(step)
    training.clear()
    const batches: { readonly rankings: typeof examples; readonly starts: readonly number[] }[] = []
    for (const [part, rankings] of inBatches(examples, rankingUnit, sizes).entries()) {
      const { starts } = batch.fill(rankings, examples.length)
      batches.push({ rankings, starts })
      await training.accumulate(batch.feeds, step * size + part)
    }
    await training.update(step, steps, {
      clip,
      report(numbers, outputs) {
        for (const [i, { rankings, starts }] of batches.entries())
          sinceReport.push(...scoredRankings(rankings, outputs[i]!.scores!.data, starts))
        if (!meter.step(numbers)) return
        const { accuracy, margins } = agreement(sinceReport)
        meter.report({ accuracy, margin: margins.mean })
        sinceReport = []
      },
    })

    const done = step + 1
    if (epochs.endsBetween(done) && heldOut.length > 0) {
      await training.settle()
      const { loss: validLoss, accuracy: validAccuracy } = agreement(await scoreAll(heldOut))
      emit({ event: 'metric', step: done, validLoss, validAccuracy })
    }
    await training.saveIfDue(done, steps)
  }
  await training.finish()

  // How well the scores agree with the rankings, and their distribution.
  const scoredTrain = await scoreAll(train)
  const scoredHeldOut = heldOut.length > 0 ? await scoreAll(heldOut) : undefined
  await forward.dispose()
  const parameters = await training.parameters()
  await training.dispose()
  const learned = distribution(scoredTrain.flatMap(({ scores }) => scores))
  const scale = settings.normalize && learned.deviation > 0 ? learned.deviation : 1
  const shift = settings.normalize ? learned.mean : 0
  const measured = distribution((scoredHeldOut ?? scoredTrain).flatMap(({ scores }) => scores))
  if (settings.normalize) normalizeHead(slots, parameters, shift, scale)
  const onHeldOut = scoredHeldOut && agreement(scoredHeldOut)
  if (onHeldOut) emit({ event: 'metric', step: steps, validLoss: onHeldOut.loss, validAccuracy: onHeldOut.accuracy })
  return {
    model,
    slots,
    parameters,
    train: agreement(scoredTrain),
    ...(scoredHeldOut && onHeldOut
      ? { heldOut: { ...onHeldOut, interval: accuracyInterval(scoredHeldOut, seed) } }
      : {}),
    scale,
    scores: {
      mean: (measured.mean - shift) / scale,
      deviation: measured.deviation / scale,
      quantiles: measured.quantiles.map((score) => (score - shift) / scale),
    },
  }
}

/** Changes the weights of the head so that its scores become (score − shift) / scale. */
function normalizeHead(slots: readonly ParameterSlot[], parameters: Float32Array, shift: number, scale: number): void {
  const slice = (name: string) => {
    const { start, size } = slots.find((slot) => slot.name === `${rewardHead}_head.${name}`)!
    return parameters.subarray(start, start + size)
  }
  const [weight, bias] = [slice('weight'), slice('bias')]
  for (let i = 0; i < weight.length; i++) weight[i]! /= scale
  bias[0] = (bias[0]! - shift) / scale
}
