/** The percentile bootstrap: how far the mean of a sample may be from the mean of what it was drawn from. */

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
