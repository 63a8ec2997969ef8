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
import type { Tensors } from '../../engine/engine.ts'
import { withSegments } from '../../model/attention/segments.ts'
import { bind } from '../../model/bind.ts'
import { peakBytes } from '../../model/estimates/cost.ts'
import { differentiate } from '../../model/gradients/differentiate.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { rewardInit, withOutputs, withScalarHead } from '../../model/training/heads.ts'
import type { Interval } from '../alignment/bootstrap.ts'
import type { PreferenceLoss } from '../batches/choices.ts'
import { Epochs } from '../batches/epochs.ts'
import { makeRankingBatch, type RankedSequences, sizesFor } from '../batches/ranking-batches.ts'
import { rowsInMemory } from '../batches/rows.ts'
import { type Agreement, distribution } from '../scores/agreement.ts'
import { rewardForward, rewardHead, scoresOf } from '../scores/reward-scores.ts'
import { warnOfIgnoredTerms } from '../step/loss-terms.ts'
import type { TuningTask } from '../step/task.ts'
import { Training } from '../step/training.ts'
import { type LearnedSettings, LearnedWeights, type Tuned, withAdapter } from '../weights/learned.ts'
import { withPreferenceLoss, withScoresAtLast } from './preference-loss.ts'
import { learnRankings, type RankingSettings } from './ranking-loop.ts'

export interface RewardSettings extends RankingSettings, LearnedSettings {
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

export interface TrainedReward extends Tuned {
  /** With the one output `reward` [batch, time]. */
  readonly model: ModelSpec
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
  const { settings, threads, vocab, train, heldOut } = task

  // The language model with its head, and without its logits.
  const scoring = (spec: ModelSpec): ModelSpec => ({
    ...spec,
    graph: withOutputs(withScalarHead(spec.graph, rewardHead, rewardInit), [rewardHead]),
  })
  warnOfIgnoredTerms(task.model.graph, task.emit)
  const model = scoring(task.model)
  const computed = scoring(withAdapter(task.model, settings, vocab))
  const boundTo = (rows: number, time: number) => withSegments(bind(computed.graph, { batch: rows, time, vocab }))
  const epochs = new Epochs(train, settings)
  const sizes = sizesFor(epochs.inOrder(0), {
    batch: settings.batch,
    context: model.context,
    loss: settings.loss,
    maxRows: (time) =>
      rowsInMemory((rows) => {
        const scored = withScoresAtLast(boundTo(rows, time), 1)
        return peakBytes(differentiate(withPreferenceLoss(scored, { choices: 1, options: 1, centring: 0 })))
      }),
  })

  const bound = boundTo(sizes.rows, sizes.time)
  const learned = new LearnedWeights(bound.weights, { ...settings, start: task.weights })
  const scored = withScoresAtLast(bound, sizes.responses)
  const training = await Training.start(task, {
    objective: withPreferenceLoss(scored, { ...sizes, centring: settings.centring }),
    batches: sizes.batches,
    slots: learned.slots,
    frozen: learned.frozen,
    state: { losses: [] },
    initialize: (some, flat) => learned.initialize(some, flat),
  })
  const forward = rewardForward(training.compiler, computed, { vocab, rows: sizes.rows, threads })
  const found = await learnRankings(task, {
    training,
    train,
    heldOut,
    epochs,
    sizes,
    batch: makeRankingBatch(sizes, settings.loss, settings.margin),
    async scoreAll(rankings) {
      const sequences = rankings.flatMap((ranking) => ranking.sequences)
      const scores = Array.from(await scoresOf(forward, training.weights, sequences))
      return rankings.map(({ ranks }) => ({ ranks, scores: scores.splice(0, ranks.length) }))
    },
  })
  await forward.dispose()
  const tuned = learned.tuned(model, await training.learned())
  await training.dispose()

  // The distribution of the scores, which normalization moves to mean 0 and deviation 1.
  const scoresIn = ({ scored }: (typeof found)['train']) => distribution(scored.flatMap(({ scores }) => scores))
  const onTrain = scoresIn(found.train)
  const scale = settings.normalize && onTrain.deviation > 0 ? onTrain.deviation : 1
  const shift = settings.normalize ? onTrain.mean : 0
  const measured = scoresIn(found.heldOut ?? found.train)
  if (settings.normalize) normalizeHead(tuned.tensors, shift, scale)
  return {
    ...tuned,
    model,
    train: found.train.agreement,
    ...(found.heldOut ? { heldOut: { ...found.heldOut.agreement, interval: found.heldOut.interval } } : {}),
    scale,
    scores: {
      mean: (measured.mean - shift) / scale,
      deviation: measured.deviation / scale,
      quantiles: measured.quantiles.map((score) => (score - shift) / scale),
    },
  }
}

/** Changes the weights of the head so that its scores become (score − shift) / scale. */
function normalizeHead(tensors: Tensors, shift: number, scale: number): void {
  const numbers = (name: string) => tensors[`${rewardHead}_head.${name}`]!.data
  const [weight, bias] = [numbers('weight'), numbers('bias')]
  for (let i = 0; i < weight.length; i++) weight[i]! /= scale
  bias[0] = (bias[0]! - shift) / scale
}
