/** Confidence intervals of the mean of a sample: the percentile bootstrap, and Wilson's interval. */

import { Random } from '../../core/values/random.ts'

export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/**
 * The mean of `values` with its percentile bootstrap interval (Efron 1979), which holds the share `confidence` of the means of `resamples`
 * samples of the same size, drawn with replacement. Throws a RangeError if there are no values.
 */
export function bootstrapMean(
  values: readonly number[],
  { seed, confidence = 0.95, resamples = 2000 }: { seed: number; confidence?: number; resamples?: number },
): Interval {
  const count = values.length
  if (count === 0) throw new RangeError('no values')
  const random = new Random(seed, 'bootstrap')
  const means = new Float64Array(resamples)
  for (let i = 0; i < resamples; i++) {
    let sum = 0
    for (let j = 0; j < count; j++) sum += values[random.below(count)]!
    means[i] = sum / count
  }
  means.sort()
  const at = (share: number) => means[Math.min(resamples - 1, Math.floor(share * resamples))]!
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  return { mean, low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) }
}

/**
 * The score interval of Wilson (1927) for a proportion: `mean` is the share of `count` observations. Unlike the interval of the bootstrap,
 * it is not a single point if the share is 0 or 1.
 */
export function wilson(mean: number, count: number, confidence = 0.95): Interval {
  const z = normalQuantile((1 + confidence) / 2)
  const square = (z * z) / count
  const centre = mean + square / 2
  const half = z * Math.sqrt((mean * (1 - mean)) / count + square / (4 * count))
  // At the ends, rounding would leave the last bits of 0 and 1 wrong.
  const low = mean === 0 ? 0 : Math.max(0, (centre - half) / (1 + square))
  const high = mean === 1 ? 1 : Math.min(1, (centre + half) / (1 + square))
  return { mean, low, high }
}

/** The mean of values from 0 to 1 with its interval: Wilson's if each value is 0 or 1, else the bootstrap's. */
export function shareMean(
  values: readonly number[],
  options: { seed: number; confidence?: number; resamples?: number },
): Interval {
  const count = values.length
  if (count === 0) throw new RangeError('no values')
  if (values.some((value) => value > 0 && value < 1)) return bootstrapMean(values, options)
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  return wilson(mean, count, options.confidence)
}

/** The quantile of the standard normal distribution at probability `p`, by bisection. */
function normalQuantile(p: number): number {
  let [low, high] = [-40, 40]
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    if (normalCdf(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Φ(x), by the series of Marsaglia (2004); beyond 8 deviations 0 or 1, which is enough for the bisection. */
function normalCdf(x: number): number {
  if (x < -8) return 0
  if (x > 8) return 1
  let sum = x
  let term = x
  for (let i = 3; sum + term !== sum; i += 2) {
    term *= (x * x) / i
    sum += term
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)
}
