/**
 * Direct preference optimization (Rafailov et al. 2023), the loop from top to bottom: a language model learns from rankings without a reward
 * model, since every policy has an implicit reward, β · (log p(response) − log p_reference(response)). The reference is the model at the
 * start; its log-probabilities are computed once. The loss of a pair is equation 7, −log σ(Δ), Δ the difference of the two rewards; that of
 * a longer ranking is the loss of its pairs, or of Plackett and Luce's model (appendix A.3).
 */

import type { Compiler, Tensors } from '../../engine/engine.ts'
import { withSegments } from '../../model/attention/segments.ts'
import { bind } from '../../model/bind.ts'
import { peakBytes } from '../../model/estimates/cost.ts'
import { differentiate } from '../../model/gradients/differentiate.ts'
import { withoutDropout } from '../../model/rewrite.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { withCrossEntropy } from '../../model/training/loss.ts'
import type { Interval } from '../alignment/bootstrap.ts'
import type { PreferenceLoss } from '../batches/choices.ts'
import { Epochs } from '../batches/epochs.ts'
import { makeRankingBatch, type RankedSequences, type RankingSizes, sizesFor } from '../batches/ranking-batches.ts'
import { rowsInMemory } from '../batches/rows.ts'
import type { Agreement, ScoredRanking } from '../scores/agreement.ts'
import { SequenceScorer } from '../scores/sequence-scores.ts'
import { warnOfIgnoredTerms } from '../step/loss-terms.ts'
import type { TuningTask } from '../step/task.ts'
import { Training } from '../step/training.ts'
import { type LearnedSettings, LearnedWeights, type Tuned, withAdapter } from '../weights/learned.ts'
import { withImplicitRewards, withPreferenceLoss } from './preference-loss.ts'
import { learnRankings, type RankingSettings } from './ranking-loop.ts'

export interface DpoSettings extends RankingSettings, LearnedSettings {
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

export interface PreferringPolicy extends Tuned {
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
  const { model, settings, threads, vocab } = task
  const { batch: size, beta } = settings

  // The model over rows that are wide enough for every response.
  const computed = withAdapter({ ...model, graph: withoutDropout(model.graph) }, settings, vocab)
  const graphOf = (rows: number, time: number) => withSegments(bind(computed.graph, { batch: rows, time, vocab }))
  const sizes = sizesFor(new Epochs(task.train, settings).inOrder(0), {
    batch: size,
    context: model.context,
    loss: settings.loss,
    others: task.heldOut,
    maxRows: (time) => rowsInMemory((rows) => peakBytes(differentiate(withCrossEntropy(graphOf(rows, time))))),
  })
  const { rows, time } = sizes

  // A scorer holds the memory of its runs, so each lives only while it is needed.
  const sumsOf = async (
    [compiler, spec]: readonly [Compiler, ModelSpec],
    weights: Tensors,
    rankings: readonly RankedSequences[],
  ) => {
    const scorer = await SequenceScorer.compile(compiler, spec, { vocab, rows, time, threads })
    const sums = await responseSums(scorer, weights, rankings)
    await scorer.dispose()
    return sums
  }
  const graph = graphOf(rows, time)
  const rewarded = withImplicitRewards(graph, sizes.responses, beta)
  const objective = withPreferenceLoss(rewarded, { ...sizes, centring: 0 })
  const learned = new LearnedWeights(graph.weights, { ...settings, start: task.weights, objective })
  const training = await Training.start(task, {
    objective,
    batches: sizes.batches,
    slots: learned.slots,
    frozen: learned.frozen,
    beside: task.weights,
    state: { losses: [] },
    initialize: (some, flat) => learned.initialize(some, flat),
  })
  warnOfIgnoredTerms(graph, task.emit)

  // The reference's log-probabilities.
  const references = await sumsOf([training.beside, model], task.weights, [...task.train, ...task.heldOut])
  const referenced = (rankings: readonly RankedSequences[], first: number): ReferencedRanking[] =>
    rankings.map((ranking, i) => ({ ...ranking, references: references[first + i]! }))
  const [train, heldOut] = [referenced(task.train, 0), referenced(task.heldOut, task.train.length)]

  const found = await learnRankings(task, {
    training,
    train,
    heldOut,
    epochs: new Epochs(train, settings),
    sizes,
    batch: makeDpoBatch(sizes, settings.loss),
    /** The implicit rewards under the policy as it is now. */
    async scoreAll(rankings): Promise<ScoredRanking[]> {
      const sums = await sumsOf([training.compiler, computed], training.weights, rankings)
      return rankings.map(({ ranks, references }, i) => ({
        ranks,
        scores: sums[i]!.map((sum, j) => beta * (sum - references[j]!)),
      }))
    },
  })
  const tuned = learned.tuned(model, await training.learned())
  await training.dispose()
  return {
    ...tuned,
    train: found.train.agreement,
    ...(found.heldOut ? { heldOut: { ...found.heldOut.agreement, interval: found.heldOut.interval } } : {}),
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
  const fill = (rankings: readonly ReferencedRanking[], count: number): { readonly starts: readonly number[] } => {
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
    return { starts }
  }
  return { feeds, fill }
}
