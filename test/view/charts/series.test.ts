/** Series of metrics of bounded size. */

import { expect, test } from 'vitest'
import { append, emptySeries, pointsOf, type Series } from '../../../src/view/charts/series.ts'

function series(points: Iterable<readonly [number, number]>): Series {
  const made = emptySeries()
  for (const [step, value] of points) append(made, step, value)
  return made
}
const upTo = (steps: number, from = 1) => Array.from({ length: steps }, (_, i) => [from + i, from + i] as const)

test('a short series keeps every point', () => {
  expect(pointsOf(series(upTo(3)))).toEqual([1, 2, 3].map((step) => ({ step, value: step })))
})

test('a series of a million points stays small, keeps its shape, and ends at the newest point', () => {
  const points = pointsOf(series(upTo(1_000_000)))
  expect(points.length).toBeLessThan(600)
  expect(points.at(-1)).toEqual({ step: 1_000_000, value: 1_000_000 })
  for (const { step, value } of points) expect(Math.abs(step - value)).toBeLessThan(5000)
  for (let i = 1; i < points.length; i++) expect(points[i]!.step).toBeGreaterThan(points[i - 1]!.step)
})

test('a resumed run replaces the points after the step that it resumes from', () => {
  const resumed = series([...upTo(10), ...upTo(3, 6).map(([step]) => [step, -step] as const)])
  expect(pointsOf(resumed)).toEqual([
    ...[1, 2, 3, 4, 5].map((step) => ({ step, value: step })),
    ...[6, 7, 8].map((step) => ({ step, value: -step })),
  ])
})
