/** How well scores agree with rankings: accuracy over pairs, calibration, and the distribution of scores. */

import type { CalibrationBin, Distribution } from '../../core/report.ts'
import { type Interval, shareMean } from '../alignment/bootstrap.ts'
import { negativeLogSigmoid, preferredPairs } from '../alignment/preference.ts'

/** A ranking and the score of each of its responses. */
export interface ScoredRanking {
  readonly ranks: readonly number[]
  readonly scores: readonly number[]
}

/** Rankings with their scores out of a batch: `starts` has the index of the first response of each. */
export function scoredRankings(
  rankings: readonly { readonly ranks: readonly number[] }[],
  scores: ArrayLike<number>,
  starts: readonly number[],
): ScoredRanking[] {
  const all = Array.from(scores)
  return rankings.map(({ ranks }, i) => ({ ranks, scores: all.slice(starts[i], starts[i]! + ranks.length) }))
}

export interface Agreement {
  /** The share of pairs whose better response has the higher score; equal scores count half. Tied responses form no pair. */
  readonly accuracy: number
  /** Mean −log σ(s_better − s_worse) of a pair, in nats. */
  readonly loss: number
  /** Mean (1 − σ(s_better − s_worse))² of a pair (Brier 1950). */
  readonly brier: number
  /** The mean distance of confidence, σ(|Δ|), from accuracy, over ten bins of equal width (Naeini et al. 2015). */
  readonly calibrationError: number
  readonly bins: readonly CalibrationBin[]
  readonly pairs: number
  readonly scores: Distribution
  /** s_better − s_worse of each pair. */
  readonly margins: Distribution
}

/** The number of bins of confidence, which lies between ½ and 1. */
const binCount = 10

/** Measures all pairs of the rankings; there has to be at least one. */
export function agreement(rankings: readonly ScoredRanking[]): Agreement {
  const sums = Array.from({ length: binCount }, () => ({ pairs: 0, confidence: 0, right: 0 }))
  const margins: number[] = []
  let right = 0
  let loss = 0
  let brier = 0
  for (const { ranks, scores } of rankings) {
    for (const { better, worse } of preferredPairs(ranks)) {
      const margin = scores[better]! - scores[worse]!
      const isRight = rightness(margin)
      const confidence = 1 / (1 + Math.exp(-Math.abs(margin)))
      const bin = sums[Math.min(binCount - 1, Math.floor((confidence - 0.5) * 2 * binCount))]!
      bin.pairs++
      bin.confidence += confidence
      bin.right += isRight
      margins.push(margin)
      right += isRight
      loss += negativeLogSigmoid(margin)
      brier += (1 - 1 / (1 + Math.exp(-margin))) ** 2
    }
  }
  const pairs = margins.length
  const bins = sums.map(({ pairs: count, confidence, right: rightHere }, i) => ({
    from: 0.5 + i / (2 * binCount),
    to: 0.5 + (i + 1) / (2 * binCount),
    pairs: count,
    confidence: count === 0 ? 0 : confidence / count,
    accuracy: count === 0 ? 0 : rightHere / count,
  }))
  return {
    accuracy: right / pairs,
    loss: loss / pairs,
    brier: brier / pairs,
    calibrationError: bins.reduce((sum, bin) => sum + (bin.pairs / pairs) * Math.abs(bin.confidence - bin.accuracy), 0),
    bins,
    pairs,
    scores: distribution(rankings.flatMap(({ scores }) => scores)),
    margins: distribution(margins),
  }
}

/** The mean over rankings of the share of right pairs, with its interval over rankings, since pairs of one ranking are not independent. */
export function accuracyInterval(rankings: readonly ScoredRanking[], seed: number): Interval {
  const shares = rankings.map(({ ranks, scores }) => {
    const pairs = preferredPairs(ranks)
    const right = pairs.reduce((sum, { better, worse }) => sum + rightness(scores[better]! - scores[worse]!), 0)
    return right / pairs.length
  })
  return shareMean(shares, { seed })
}

function rightness(margin: number): number {
  return margin > 0 ? 1 : margin === 0 ? 0.5 : 0
}

/** Where numbers lie; the deviation is the population's. */
export function distribution(values: readonly number[]): Distribution {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count
  const sorted = Float64Array.from(values).sort()
  const quantiles = [0.05, 0.25, 0.5, 0.75, 0.95].map((share) => sorted[Math.floor(share * (count - 1))]!)
  return { mean, deviation: Math.sqrt(variance), quantiles }
}
