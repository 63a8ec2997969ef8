/** The loss of scores on choices between responses: the scores are a reward model's, or the implicit rewards of DPO. */

import { GraphBuilder } from '../../model/build.ts'
import {
  add,
  Expr,
  gather,
  input,
  logProbability,
  matmul,
  mul,
  neg,
  reshape,
  square,
  sub,
  sum,
} from '../../model/expr.ts'
import type { Graph } from '../../model/graph.ts'
import { copyInto } from '../../model/rewrite.ts'
import { numeric } from '../../model/shape.ts'
import { rewardHead } from '../scores/reward-scores.ts'

/**
 * A reward model's graph, bound to [rows, time], with one output `scores` [responses]: its rewards at the places `last` [responses], an
 * input of indices into all rows · time.
 */
export function withScoresAtLast(model: Graph, responses: number): Graph {
  const builder = new GraphBuilder()
  const rewards = new Expr(builder, copyInto(builder, model)[model.outputs[rewardHead]!]!)
  const [rows, time] = rewards.shape.map(numeric) as [number, number]
  const column = reshape(rewards, [rows * time, 1])
  const scores = gather(column, input(builder, 'last', [responses], 'int32'))
  return builder.finish({ scores: reshape(scores, [responses]).node })
}

/**
 * A language model's graph, bound to [rows, time], with one output `scores` [responses]: its implicit rewards (Rafailov et al. 2023,
 * equation 5), β · (log p(response) − log p_reference(response)). Inputs: `targets` [rows, time], `members` [responses, rows · time],
 * 1 where a token of the response is the target, and `references` [responses], their log-probabilities under the reference.
 */
export function withImplicitRewards(model: Graph, responses: number, beta: number): Graph {
  const builder = new GraphBuilder()
  const logits = new Expr(builder, copyInto(builder, model)[model.outputs.logits!]!)
  const [rows, time] = logits.shape.map(numeric) as [number, number]
  const tokens = logProbability(logits, input(builder, 'targets', [rows, time], 'int32'))
  const column = reshape(tokens, [rows * time, 1])
  const sums = matmul(input(builder, 'members', [responses, rows * time]), column, { alpha: beta })
  const references = mul(input(builder, 'references', [responses]), beta)
  return builder.finish({ scores: sub(reshape(sums, [responses]), references).node })
}

/**
 * A graph that gives `scores` [responses], with the output `loss` [] besides, in nats. Its further inputs:
 *
 *     options   [choices, options]  indices of responses: first the chosen one, then the others
 *     chosen    [choices]           0 for each choice: the chosen response is the first option
 *     offsets   [choices, options]  added to their scores: 0 for the chosen, the margin for others, `masked` for unused places
 *     counted   [choices, options]  1 for the chosen, 1/n for each of n others, 0 for unused places
 *     shares    [choices]           the weight of each choice in the loss
 *
 * The loss is the weighted sum of −log softmax(scores + offsets)[chosen]: for two options −log σ(s_chosen − s_other − margin). With
 * `centring`, centring · (s_chosen + the mean of the others)² is added, which keeps scores around 0 (Eisenstein et al. 2023,
 * equation 5).
 */
export function withPreferenceLoss(
  scored: Graph,
  { choices, options, centring }: { readonly choices: number; readonly options: number; readonly centring: number },
): Graph {
  const builder = new GraphBuilder()
  const scores = new Expr(builder, copyInto(builder, scored)[scored.outputs.scores!]!)
  const responses = numeric(scores.shape[0]!)

  // The scores of the options of each choice: (C, O).
  const ids = input(builder, 'options', [choices, options], 'int32')
  const compared = reshape(gather(reshape(scores, [responses, 1]), ids), [choices, options])

  const offsets = input(builder, 'offsets', [choices, options])
  const shares = input(builder, 'shares', [choices])
  const chosen = input(builder, 'chosen', [choices], 'int32')
  let losses = neg(logProbability(add(compared, offsets), chosen))
  if (centring > 0) {
    const counted = input(builder, 'counted', [choices, options])
    losses = add(losses, mul(square(sum(mul(compared, counted), [1])), centring))
  }
  const loss = sum(mul(losses, shares), [0])
  return builder.finish({ loss: loss.node, scores: scores.node })
}
