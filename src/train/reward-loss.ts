/** What a reward model learns from: choices between responses, and the loss of its scores on them. */

import { GraphBuilder } from '../model/build.ts'
import type { Graph } from '../model/graph.ts'
import { copyInto } from '../model/rewrite.ts'
import { numeric } from '../model/shape.ts'
import { preferredPairs } from './alignment/preference.ts'
import { rewardHead } from './reward-scores.ts'

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
 * A reward model's graph, bound to [rows, time], with the outputs `loss` [], in nats, and `scores` [responses]. Its further inputs:
 *
 *     last      [responses]         the place of each response's last token in all rows · time
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
  model: Graph,
  sizes: {
    readonly responses: number
    readonly choices: number
    readonly options: number
    readonly centring: number
  },
): Graph {
  const { responses, choices, options, centring } = sizes
  const builder = new GraphBuilder()
  const place = copyInto(builder, model)
  const all = place[model.outputs[rewardHead]!]!
  const [rows, time] = builder.shape(all).map(numeric) as [number, number]
  const reshape = (x: number, shape: readonly number[]) => builder.apply('reshape', [x], { shape })
  const mul = (a: number, b: number) => builder.apply('mul', [a, b], {})

  // (B·T, 1) at the last tokens: (R, 1), and at the options of each choice: (C, O).
  const last = builder.input('last', [responses], 'int32')
  const scores = builder.apply('gather', [reshape(all, [rows * time, 1]), last], {})
  const ids = builder.input('options', [choices, options], 'int32')
  const compared = reshape(builder.apply('gather', [scores, ids], {}), [choices, options])

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
  return builder.finish({ loss, scores: reshape(scores, [responses]) })
}
