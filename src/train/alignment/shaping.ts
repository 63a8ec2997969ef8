/** The rewards of a response's tokens: the price of divergence from the reference at every token, and the score at the last. */

export interface Shaping {
  /** The price of a nat of divergence. */
  readonly beta: number
  /** Subtracted from the score of a response that was cut off before its end token. */
  readonly missingEndPenalty: number
}

/**
 * Rewards of one response: −β·(log policy − log reference) at each token, the k1 estimate, plus the reward model's score at
 * the last token of the response (policy detail "per-token KL penalty" of Huang et al. 2023).
 *
 * `policy` and `reference` have the log-probability of each token of the response, under the policy that sampled it and under
 * the reference. Throws a RangeError if the response has no tokens.
 */
export function shapedRewards(
  policy: ArrayLike<number>,
  reference: ArrayLike<number>,
  score: number,
  ended: boolean,
  { beta, missingEndPenalty }: Shaping,
): Float64Array {
  const length = policy.length
  if (length === 0) throw new RangeError('a response without tokens has no place for its score')
  const rewards = new Float64Array(length)
  for (let t = 0; t < length; t++) rewards[t] = -beta * (policy[t]! - reference[t]!)
  rewards[length - 1]! += ended ? score : score - missingEndPenalty
  return rewards
}
