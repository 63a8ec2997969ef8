/** Curves of bounded size that keep their extremes: neighboring points become one, with their mean, their lowest and their highest value. */

import type { Point } from './series.ts'

/** A point that may stand for several: `value` is their mean. `low` and `high` are absent if it stands for one. */
export interface BandPoint extends Point {
  readonly low?: number
  readonly high?: number
}

/** At most `most` points for `points`, which are sorted by step. The last point of each bucket gives its step. Values that are not finite are left out. */
export function bucketed(points: readonly Point[], most: number): readonly BandPoint[] {
  const finite = points.filter(({ value }) => Number.isFinite(value))
  if (finite.length <= most) return finite.map(({ step, value }) => ({ step, value }))
  const size = finite.length / most
  return Array.from({ length: most }, (_, i) => bandOf(finite.slice(Math.floor(i * size), Math.floor((i + 1) * size))))
}

/** Several points of about the same step as one. `points` is not empty. */
function bandOf(points: readonly Point[]): BandPoint {
  const values = points.map(({ value }) => value)
  const { step } = points.at(-1)!
  if (points.length === 1) return { step, value: values[0]! }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { step, value: mean, low: Math.min(...values), high: Math.max(...values) }
}

/** The mean of several curves over the steps that all of them have, with their lowest and highest value. */
export function acrossCurves(curves: readonly (readonly BandPoint[])[]): readonly BandPoint[] {
  const bySteps = curves.map((points) => new Map(points.map((point) => [point.step, point])))
  const steps = [...(bySteps[0]?.keys() ?? [])].filter((step) => bySteps.every((curve) => curve.has(step)))
  return steps.map((step) => {
    const points = bySteps.map((curve) => curve.get(step)!)
    return {
      step,
      value: points.reduce((sum, { value }) => sum + value, 0) / points.length,
      low: Math.min(...points.map(({ value, low = value }) => low)),
      high: Math.max(...points.map(({ value, high = value }) => high)),
    }
  })
}
