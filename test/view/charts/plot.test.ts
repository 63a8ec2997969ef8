/** Curves drawn in a terminal, as text. */

import { expect, test } from 'vitest'
import { plot } from '../../../src/view/charts/plot.ts'
import type { Point } from '../../../src/view/charts/series.ts'
import { textOf } from '../../../src/view/line.ts'

const drawn = (points: readonly Point[], width = 60, height = 10, until?: number) =>
  plot([{ name: 'loss', points, tone: 'first' }], { width, height, until }).map((line) => textOf(line).trimEnd())
const falling = (...steps: number[]): Point[] => steps.map((step, i) => ({ step, value: 4 - i / 10 }))
const labelsBelow = (lines: readonly string[]) => lines.at(-1)!.trim().split(/\s+/)
const labelsBeside = (lines: readonly string[]) => lines.flatMap((line) => /^\s*(\S+) ┤/.exec(line)?.[1] ?? [])

test('a training of few steps names each step once', () => {
  expect(labelsBelow(drawn(falling(1, 2, 3)))).toEqual(['1', '2', '3'])
  expect(labelsBelow(drawn(falling(1, 2)))).toEqual(['1', '2'])
  expect(labelsBelow(drawn(falling(1)))).toEqual(['1', '2'])
})

test('steps close together far from zero are written in full', () => {
  expect(labelsBelow(drawn(falling(1000, 1001, 1002, 1003)))).toEqual(['1,000', '1,001', '1,002', '1,003'])
})

test('the first and the last step are always named', () => {
  for (const width of [16, 24, 40, 80, 200]) {
    const labels = labelsBelow(drawn(falling(0, 1, 2, 3), width, 10, 2000))
    expect([labels[0], labels.at(-1)]).toEqual(['0', '2k'])
  }
})

test('steps between the first and the last are round', () => {
  expect(labelsBelow(drawn(falling(10, 20), 80, 10, 3000))).toEqual(['10', '1k', '2k', '3k'])
  expect(labelsBelow(drawn(falling(1), 80, 10, 5))).toEqual(['1', '2', '3', '4', '5'])
  expect(labelsBelow(drawn(falling(7), 80, 10, 1548))).toEqual(['7', '500', '1k', '1.55k'])
})

test('values close together have digits enough to differ', () => {
  const beside = labelsBeside(drawn([4.58601, 4.58602, 4.58603, 4.58604].map((value, step) => ({ step, value }))))
  expect(beside.length).toBeGreaterThan(2)
  expect(new Set(beside).size).toBe(beside.length)
})

test('every line has the width asked for, axes and marks included', () => {
  const curves = ['a', 'b', 'c'].map((name, i) => ({
    name,
    mark: name,
    tone: 'first' as const,
    points: falling(0, 10, 20).map(({ step, value }) => ({ step, value: value + i })),
  }))
  const lines = plot(curves, { width: 50, height: 8 })
  expect(lines).toHaveLength(8)
  for (const line of lines) expect(textOf(line).length).toBeLessThanOrEqual(50)
})

test('no finite value, or too little room, draws nothing', () => {
  expect(drawn([{ step: 1, value: Number.NaN }])).toEqual([])
  expect(drawn(falling(1, 2, 3), 15)).toEqual([])
  expect(drawn(falling(1, 2, 3), 60, 2)).toEqual([])
})
