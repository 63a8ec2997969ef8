/** The steps that reward models and direct preference optimization share: epochs over rankings, measured on those held out. */

import type { Tensors } from '../../engine/engine.ts'
import type { Interval } from '../alignment/bootstrap.ts'
import type { Epochs } from '../batches/epochs.ts'
import { type RankedSequences, type RankingSizes, rankingUnit } from '../batches/ranking-batches.ts'
import { inBatches } from '../batches/rows.ts'
import { type Agreement, accuracyInterval, agreement, type ScoredRanking, scoredRankings } from '../scores/agreement.ts'
import { Meter } from '../step/meter.ts'
import { warnOfWarmup } from '../step/schedule.ts'
import type { ClippingSettings, OptimizerSettings, TrainingTask } from '../step/task.ts'
import type { LoopState, Training } from '../step/training.ts'

export interface RankingSettings extends OptimizerSettings, ClippingSettings {
  readonly epochs: number
  /** Rankings of a step. */
  readonly batch: number
}

export interface RankingLoop<Ranking extends RankedSequences> {
  /** Its objective gives `scores` of the responses of a batch. */
  readonly training: Training<LoopState>
  readonly train: readonly Ranking[]
  /** Rankings of other prompts to measure on; may be empty. */
  readonly heldOut: readonly Ranking[]
  readonly epochs: Epochs<Ranking>
  readonly sizes: RankingSizes
  readonly batch: {
    readonly feeds: Tensors
    /** Fills the batch with rankings that fit, of a step of `count`. `starts` has the index of the first response of each. */
    fill(rankings: readonly Ranking[], count: number): { readonly starts: readonly number[] }
  }
  /** The scores of the responses of rankings under the model as it is now. */
  scoreAll(rankings: readonly Ranking[]): Promise<ScoredRanking[]>
}

/** Rankings with the scores of the trained model, and how far these agree with the rankings. */
export interface Measured {
  readonly scored: readonly ScoredRanking[]
  readonly agreement: Agreement
}

export interface LearnedRankings {
  readonly train: Measured
  /** `undefined` if no rankings are held out. */
  readonly heldOut?: Measured & { readonly interval: Interval }
}

/** Trains to the last step, and measures. The session's weights stay until the caller disposes of the training. */
export async function learnRankings<Ranking extends RankedSequences>(
  task: TrainingTask<RankingSettings>,
  { training, train, heldOut, epochs, sizes, batch, scoreAll }: RankingLoop<Ranking>,
): Promise<LearnedRankings> {
  const { settings, emit } = task
  const { batch: size, clip, seed } = settings
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
      emitAgreement(done, agreement(await scoreAll(heldOut)))
    }
    await training.saveIfDue(done, steps)
  }
  await training.finish()

  const onTrain = await measure(train)
  if (heldOut.length === 0) return { train: onTrain }
  const onHeldOut = await measure(heldOut)
  emitAgreement(steps, onHeldOut.agreement)
  return { train: onTrain, heldOut: { ...onHeldOut, interval: accuracyInterval(onHeldOut.scored, seed) } }

  async function measure(rankings: readonly Ranking[]): Promise<Measured> {
    const scored = await scoreAll(rankings)
    return { scored, agreement: agreement(scored) }
  }

  function emitAgreement(step: number, { loss: validLoss, accuracy: validAccuracy }: Agreement): void {
    emit({ event: 'metric', step, validLoss, validAccuracy })
  }
}
