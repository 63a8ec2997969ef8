/** Pairs of responses that a ranking orders, and the loss of scores on them. */

/** Response `better` was ranked above response `worse`. */
export interface PreferredPair {
  readonly better: number
  readonly worse: number
}

/** All pairs of a ranking without ties: `ranks` has 1 for the best, equal numbers for ties (Ouyang et al. 2022, equation 1). */
export function preferredPairs(ranks: readonly number[]): PreferredPair[] {
  const pairs: PreferredPair[] = []
  for (let i = 0; i < ranks.length; i++) {
    for (let j = i + 1; j < ranks.length; j++) {
      if (ranks[i]! < ranks[j]!) pairs.push({ better: i, worse: j })
      else if (ranks[i]! > ranks[j]!) pairs.push({ better: j, worse: i })
    }
  }
  return pairs
}

/** −log σ(x), without overflow. */
export function negativeLogSigmoid(x: number): number {
  return x >= 0 ? Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)) - x
}

/**
 * The Bradley-Terry loss of one ranking: the mean over its pairs of −log σ(s_better − s_worse − margin), in nats. Pairs of one
 * ranking together count as one example, so that a ranking of many responses weighs no more than a ranking of two.
 */
export function bradleyTerryLoss(scores: ArrayLike<number>, pairs: readonly PreferredPair[], margin = 0): number {
  let sum = 0
  for (const { better, worse } of pairs) sum += negativeLogSigmoid(scores[better]! - scores[worse]! - margin)
  return sum / pairs.length
}
