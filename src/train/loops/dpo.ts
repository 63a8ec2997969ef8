/**
 * Direct preference optimization (Rafailov et al. 2023), the loop from top to bottom: a language model learns from rankings without a reward
 * model, since every policy has an implicit reward, β · (log p(response) − log p_reference(response)). The reference is the model at the
 * start; its log-probabilities are computed once. The loss of a pair is equation 7, −log σ(Δ), Δ the difference of the two rewards; that of
 * a longer ranking is the loss of its pairs, or of Plackett and Luce's model (appendix A.3).
 */

import type { Compiler, Tensors } from '../../engine/engine.ts'
import type { ParameterSlot } from '../../engine/training-session.ts'
import { bind } from '../../model/bind.ts'
import { peakBytes } from '../../model/cost.ts'
import { differentiate } from '../../model/differentiate.ts'
import { withCrossEntropy } from '../../model/loss.ts'
import { withoutDropout } from '../../model/rewrite.ts'
import { withSegments } from '../../model/segments.ts'
import type { Interval } from '../alignment/bootstrap.ts'
import type { PreferenceLoss } from '../batches/choices.ts'
import { Epochs } from '../batches/epochs.ts'
import {
  makeRankingBatch,
  type RankedSequences,
  type RankingSizes,
  rankingUnit,
  sizesFor,
} from '../batches/ranking-batches.ts'
import { inBatches, rowsInMemory } from '../batches/rows.ts'
import { type Agreement, accuracyInterval, agreement, type ScoredRanking, scoredRankings } from '../scores/agreement.ts'
import { SequenceScorer } from '../scores/sequence-scores.ts'
import { Meter } from '../step/meter.ts'
import { warnOfWarmup } from '../step/schedule.ts'
import type { ClippingSettings, OptimizerSettings, TuningTask } from '../step/task.ts'
import { Training } from '../step/training.ts'
import { layOut } from '../weights/parameters.ts'
import { warmStart } from '../weights/warm-start.ts'
import { withImplicitRewards, withPreferenceLoss } from './preference-loss.ts'

export interface DpoSettings extends OptimizerSettings, ClippingSettings {
  readonly epochs: number
  /** Rankings of a step. */
  readonly batch: number
  /** β: the larger, the closer the policy stays to the reference. */
  readonly beta: number
  readonly loss: PreferenceLoss
}

/** The model and weights of the task are those that policy and reference start from. */
export interface DpoTask extends TuningTask<DpoSettings> {
  readonly train: readonly RankedSequences[]
  /** Rankings of other prompts to measure on; may be empty. */
  readonly heldOut: readonly RankedSequences[]
}

export interface PreferringPolicy {
  readonly slots: readonly ParameterSlot[]
  readonly parameters: Float32Array
  /** How far its implicit rewards agree with the rankings. */
  readonly train: Agreement
  readonly heldOut?: Agreement & { readonly interval: Interval }
}

/** A ranking, with log p_reference of each response. */
interface ReferencedRanking extends RankedSequences {
  readonly references: readonly number[]
}

/**
 * Trains the policy. Resumes from the newest checkpoint in `work`; interrupted and resumed, or not, it ends in the same bytes. Throws
 * `Interrupted` after a checkpoint if `signal` aborts, a StageError if training diverges. Dropout is off, so that policy and reference
 * agree before anything is learned.
 */
export async function dpo(task: DpoTask): Promise<PreferringPolicy> {
  const { model, settings, threads, vocab, emit } = task
  const { seed, batch: size, beta, clip } = settings

  // The model over rows that are wide enough for every response.
  const graphOf = (rows: number, time: number) =>
    withSegments(bind(withoutDropout(model.graph), { batch: rows, time, vocab }))
  const sizes = sizesFor(new Epochs(task.train, settings).inOrder(0), {
    batch: size,
    context: model.context,
    loss: settings.loss,
    others: task.heldOut,
    maxRows: (time) => rowsInMemory((rows) => peakBytes(differentiate(withCrossEntropy(graphOf(rows, time))))),
  })
  const { rows, time } = sizes

  // The reference's log-probabilities. A scorer holds the memory of its runs, so each lives only while it is needed.
  const sumsOf = async (compiler: Compiler, weights: Tensors, rankings: readonly RankedSequences[]) => {
    const scorer = await SequenceScorer.compile(compiler, model, { vocab, rows, time, threads })
    const sums = await responseSums(scorer, weights, rankings)
    await scorer.dispose()
    return sums
  }
  const references = await sumsOf(task.engine, task.weights, [...task.train, ...task.heldOut])
  const referenced = (rankings: readonly RankedSequences[], first: number): ReferencedRanking[] =>
    rankings.map((ranking, i) => ({ ...ranking, references: references[first + i]! }))
  const [train, heldOut] = [referenced(task.train, 0), referenced(task.heldOut, task.train.length)]

  const graph = graphOf(rows, time)
  const slots = layOut(graph.weights)
  const rewarded = withImplicitRewards(graph, sizes.responses, beta)
  const training = await Training.start(task, {
    objective: withPreferenceLoss(rewarded, { ...sizes, centring: 0 }),
    slots,
    state: { losses: [] },
    initialize: (some, flat) => warmStart(graph.weights, some, flat, task.weights, seed),
  })
  /** The implicit rewards of rankings under the policy as it is now. */
  const scoreAll = async (rankings: readonly ReferencedRanking[]): Promise<ScoredRanking[]> => {
    const sums = await sumsOf(training.compiler, training.weights, rankings)
    return rankings.map(({ ranks, references }, i) => ({
      ranks,
      scores: sums[i]!.map((sum, j) => beta * (sum - references[j]!)),
    }))
  }

  const batch = makeDpoBatch(sizes, settings.loss)
  const epochs = new Epochs(train, settings)
  const { steps } = epochs
  warnOfWarmup(task, steps)
  const meter = new Meter(task, steps)
  let sinceReport: ScoredRanking[] = []

  for (let step = training.step; step < steps; step++) {
    // Forward and backward, over as many batches as the rankings of the step fill.
    const examples = epochs.at(step)
    training.clear()
    const batches: { readonly rankings: typeof examples; readonly starts: readonly number[] }[] = []
    for (const [part, rankings] of inBatches(examples, rankingUnit, sizes).entries()) {
      const starts = batch.fill(rankings, examples.length)
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

  const onTrain = agreement(await scoreAll(train))
  const scoredHeldOut = heldOut.length > 0 ? await scoreAll(heldOut) : undefined
  const parameters = await training.parameters()
  await training.dispose()
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
  weights: Tensors,
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

/** The memory of a batch, filled again and again: that of a reward model, with the further inputs of withImplicitRewards. */
export function makeDpoBatch(sizes: RankingSizes, loss: PreferenceLoss) {
  const { rows, time, responses } = sizes
  const batch = makeRankingBatch(sizes, loss, 0)
  const members = new Float32Array(responses * rows * time)
  const references = new Float32Array(responses)
  const feeds: Tensors = {
    ...batch.feeds,
    members: { dtype: 'float32', shape: [responses, rows * time], data: members },
    references: { dtype: 'float32', shape: [responses], data: references },
  }
  /** Fills the batch with rankings that fit, of a step of `count` rankings. Returns the index of the first response of each. */
  const fill = (rankings: readonly ReferencedRanking[], count: number): readonly number[] => {
    const { starts, placed } = batch.fill(rankings, count)
    const prompts = rankings.flatMap((ranking) => ranking.prompts)
    const lengths = rankings.flatMap(({ sequences }) => sequences.map(({ length }) => length))
    members.fill(0)
    references.fill(0)
    references.set(rankings.flatMap((ranking) => ranking.references))
    for (const { index, at } of placed) {
      // A token is a target at the place of the token before it.
      const row = index * rows * time + at
      members.fill(1, row + prompts[index]! - 1, row + lengths[index]! - 1)
    }
    return starts
  }
  return { feeds, fill }
}
