/** The rewards of a response's tokens: the price of leaving the reference at every token, the score at the last. */

export interface Shaping {
  /** The price of a nat of divergence. */
  readonly beta: number
  /** Taken from the score of a response that was cut off before its end token. */
  readonly missingEndPenalty: number
}

/**
 * Rewards of one response: −β·(log policy − log reference) at each token, the k1 estimate, and the reward model's score added at
 * the last real token, wherever the response ended (policy detail "per-token KL penalty" of Huang et al. 2023).
 *
 * `policy` and `reference` hold the log-probability of each token of the response, under the policy that sampled it and under
 * the reference. The response has at least one token.
 */
export function shapedRewards(
  policy: ArrayLike<number>,
  reference: ArrayLike<number>,
  score: number,
  ended: boolean,
  { beta, missingEndPenalty }: Shaping,
): Float64Array {
  const length = policy.length
  if (length === 0) throw new RangeError('a response without a token has no place for its score')
  const rewards = new Float64Array(length)
  for (let t = 0; t < length; t++) rewards[t] = -beta * (policy[t]! - reference[t]!)
  rewards[length - 1]! += ended ? score : score - missingEndPenalty
  return rewards
}
