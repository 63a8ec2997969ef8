/** What is learned from rankings: choices between responses, and the loss of scores on them, a reward model's or DPO's. */

import { GraphBuilder } from '../../model/build.ts'
import type { Graph } from '../../model/graph.ts'
import { copyInto } from '../../model/rewrite.ts'
import { numeric } from '../../model/shape.ts'
import { preferredPairs } from '../alignment/preference.ts'
import { rewardHead } from '../scores/reward-scores.ts'

/** One response was preferred to others of its ranking. */
export interface Choice {
  /** Places in the ranking. */
  readonly chosen: number
  readonly others: readonly number[]
  /** Its share of the ranking's loss; those of one ranking sum to 1, so that a long one weighs no more than a pair. */
  readonly share: number
}

/**
 * `bradley_terry`: every pair of a ranking is a choice (Ouyang et al. 2022, equation 1). `plackett_luce`: from the best down, each
 * response is chosen from all those ranked below it (Plackett 1975, Luce 1959). Tied responses are never compared. For rankings
 * of two both are the same.
 */
export type PreferenceLoss = 'bradley_terry' | 'plackett_luce'

/** The choices that a ranking stands for; none where all tie. `ranks` has 1 for the best, equal numbers for ties. */
export function choicesOf(ranks: readonly number[], loss: PreferenceLoss): readonly Choice[] {
  const pairs = preferredPairs(ranks)
  if (loss === 'bradley_terry')
    return pairs.map(({ better, worse }) => ({ chosen: better, others: [worse], share: 1 / pairs.length }))
  const chosen = [...new Set(pairs.map(({ better }) => better))].sort((a, b) => a - b)
  return chosen.map((each) => ({
    chosen: each,
    others: pairs.filter(({ better }) => better === each).map(({ worse }) => worse),
    share: 1 / chosen.length,
  }))
}

/**
 * A reward model's graph, bound to [rows, time], with one output `scores` [responses]: its rewards at the places `last` [responses], an
 * input, each in all rows · time.
 */
export function withScoresAtLast(model: Graph, responses: number): Graph {
  const builder = new GraphBuilder()
  const all = copyInto(builder, model)[model.outputs[rewardHead]!]!
  const [rows, time] = builder.shape(all).map(numeric) as [number, number]
  const flat = builder.apply('reshape', [all], { shape: [rows * time, 1] })
  const last = builder.input('last', [responses], 'int32')
  const scores = builder.apply('gather', [flat, last], {})
  return builder.finish({ scores: builder.apply('reshape', [scores], { shape: [responses] }) })
}

/**
 * A language model's graph, bound to [rows, time], with one output `scores` [responses]: the rewards that it stands for itself (Rafailov
 * et al. 2023, equation 5), β · (log p(response) − log p_reference(response)). Inputs: `targets` [rows, time], `members` [responses,
 * rows · time], 1 where a token of the response is the target, and `references` [responses], their log-probabilities under the reference.
 */
export function withImplicitRewards(model: Graph, responses: number, beta: number): Graph {
  const builder = new GraphBuilder()
  const logits = copyInto(builder, model)[model.outputs.logits!]!
  const [rows, time] = builder.shape(logits).map(numeric) as [number, number]
  const targets = builder.input('targets', [rows, time], 'int32')
  const tokens = builder.apply('log_probability', [logits, targets], {})
  const column = builder.apply('reshape', [tokens], { shape: [rows * time, 1] })
  const members = builder.input('members', [responses, rows * time], 'float32')
  const sums = builder.apply('matmul', [members, column], { transposeA: false, transposeB: false, alpha: beta })
  const references = builder.input('references', [responses], 'float32')
  const priced = builder.apply('mul', [references, builder.constant(beta)], {})
  const scores = builder.apply('sub', [builder.apply('reshape', [sums], { shape: [responses] }), priced], {})
  return builder.finish({ scores })
}

/**
 * A graph that gives `scores` [responses], with the output `loss` [] besides, in nats. Its further inputs:
 *
 *     options   [choices, options]  responses: first the chosen, then the others
 *     offsets   [choices, options]  added to their scores: 0 for the chosen, the margin for others, `masked` where there is none
 *     counted   [choices, options]  1 for the chosen, 1/n for each of n others, 0 where there is none
 *     shares    [choices]           what each choice weighs in the loss
 *
 * The loss is the weighted sum of −log softmax(scores + offsets)[chosen]: for two options −log σ(s_chosen − s_other − margin). With
 * `centring`, that times (s_chosen + the mean of the others)² is added, which keeps scores around 0 (Eisenstein et al. 2023,
 * equation 5).
 */
export function withPreferenceLoss(
  scored: Graph,
  { choices, options, centring }: { readonly choices: number; readonly options: number; readonly centring: number },
): Graph {
  const builder = new GraphBuilder()
  const scores = copyInto(builder, scored)[scored.outputs.scores!]!
  const responses = numeric(builder.shape(scores)[0]!)
  const reshape = (x: number, shape: readonly number[]) => builder.apply('reshape', [x], { shape })
  const mul = (a: number, b: number) => builder.apply('mul', [a, b], {})

  // The scores at the options of each choice: (C, O).
  const ids = builder.input('options', [choices, options], 'int32')
  const picked = builder.apply('gather', [reshape(scores, [responses, 1]), ids], {})
  const compared = reshape(picked, [choices, options])

  const offsets = builder.input('offsets', [choices, options], 'float32')
  const shares = builder.input('shares', [choices], 'float32')
  const first = builder.input('chosen', [choices], 'int32')
  const shifted = builder.apply('add', [compared, offsets], {})
  let each = builder.apply('neg', [builder.apply('log_probability', [shifted, first], {})], {})
  if (centring > 0) {
    const counted = builder.input('counted', [choices, options], 'float32')
    const sum = builder.apply('sum', [mul(compared, counted)], { axes: [1], keep: false })
    each = builder.apply('add', [each, mul(mul(sum, sum), builder.constant(centring))], {})
  }
  const loss = builder.apply('sum', [mul(each, shares)], { axes: [0], keep: false })
  return builder.finish({ loss, scores })
}
