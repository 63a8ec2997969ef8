import { expect, test } from 'vitest'
import { acrossCurves, bucketed } from '../../../src/view/charts/band.ts'

const points = (values: readonly number[]) => values.map((value, i) => ({ step: i + 1, value }))

test('a curve of few points keeps them as they are', () => {
  expect(bucketed(points([3, 1, 2]), 3)).toEqual(points([3, 1, 2]))
})

test('merged points keep their mean, their lowest and their highest value', () => {
  expect(bucketed(points([1, 5, 2, 2]), 2)).toEqual([
    { step: 2, value: 3, low: 1, high: 5 },
    { step: 4, value: 2, low: 2, high: 2 },
  ])
})

test('a spike among ten thousand points stays in the band', () => {
  const values = Array.from({ length: 10_000 }, (_, i) => (i === 6_789 ? 1e6 : 1))
  const merged = bucketed(points(values), 500)
  expect(merged).toHaveLength(500)
  expect(Math.max(...merged.map(({ high = 0 }) => high))).toBe(1e6)
  expect(merged.at(-1)!.step).toBe(10_000)
})

test('values that are not finite are left out', () => {
  expect(bucketed(points([1, Number.NaN, Number.POSITIVE_INFINITY]), 10)).toEqual(points([1]))
})

test('several curves become their mean with a band, over the steps that all of them have', () => {
  expect(acrossCurves([points([1, 2, 3]), points([3, 4])])).toEqual([
    { step: 1, value: 2, low: 1, high: 3 },
    { step: 2, value: 3, low: 2, high: 4 },
  ])
})
