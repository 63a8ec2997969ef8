/** How far the mean of a sample may be from the mean of what it was drawn from: the percentile bootstrap, and Wilson's interval. */

import { Random } from '../../core/random.ts'

export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/**
 * The mean of `values` with its percentile bootstrap interval (Efron 1979): `resamples` means of as many values drawn with
 * replacement; between them lies `confidence` of those means.
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
 * The interval of a proportion: of `count` observations, which share `mean` of them are; after Wilson (1927), the score interval. It is no
 * point where all or none are, as the bootstrap's is.
 */
export function wilson(mean: number, count: number, confidence = 0.95): Interval {
  const z = normalQuantile((1 + confidence) / 2)
  const square = (z * z) / count
  const centre = mean + square / 2
  const half = z * Math.sqrt((mean * (1 - mean)) / count + square / (4 * count))
  // At the ends the sums are 0 and 1 but for the last bits.
  const low = mean === 0 ? 0 : Math.max(0, (centre - half) / (1 + square))
  const high = mean === 1 ? 1 : Math.min(1, (centre + half) / (1 + square))
  return { mean, low, high }
}

/** The mean of values from 0 to 1 with its interval: Wilson's where each is 0 or 1, else the bootstrap's. */
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

/** The value that a standard normal variable is below with probability `p`, by bisection. */
function normalQuantile(p: number): number {
  let [low, high] = [-40, 40]
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    if (normalCdf(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Φ(x), by its series (Marsaglia 2004) or, far out, by its bound, which bisection goes on from. */
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
