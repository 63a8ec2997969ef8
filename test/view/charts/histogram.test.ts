/** Histograms with the limits of rules. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Ledger } from '../../../src/core/ledger.ts'
import { histogramLines } from '../../../src/view/charts/histogram.ts'
import { textOf, widthOfLine } from '../../../src/view/line.ts'
import { ruleHistograms } from '../../../src/view/rule-histograms.ts'

describe('a histogram', () => {
  test('has its bars on the side of the limit where their values are', () => {
    const bins = [
      [2, 3, 5],
      [10, 11, 10],
    ] as const
    const lines = histogramLines({ bins, limits: [8] }, { width: 60, height: 2 }).map(textOf)
    const limit = lines[0]!.indexOf('│')
    expect(lines.slice(0, 2).every((line) => line[limit] === '│')).toBe(true)
    expect(lines[0]!.indexOf('█')).toBeGreaterThan(limit)
    expect(lines[1]!.search(/[▁-█]/)).toBeLessThan(limit)
    expect(lines[2]![limit]).toBe('┼')
    expect(lines[3]).toContain('8')
  })

  test('shows a few documents among many, and limits far from all values', () => {
    const bins = [
      [10, 12, 1_000_000],
      [500, 640, 1],
    ] as const
    const lines = histogramLines({ bins, limits: [100_000] }, { width: 80, height: 3 }).map(textOf)
    expect(lines[2]).toContain('▁')
    expect(lines.at(-1)).toContain('100,000')
  })

  test('fits into its width, whatever the bins are', () => {
    const bin = fc.tuple(
      fc.integer({ min: -1000, max: 1e9 }),
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 1e6 }),
    )
    fc.assert(
      fc.property(
        fc.array(bin),
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { maxLength: 3 }),
        fc.integer({ min: 1, max: 130 }),
        (spans, limits, width) => {
          const bins = spans
            .sort(([a], [b]) => a - b)
            .map(([from, size, documents]) => [from, from + size, documents] as const)
          for (const line of histogramLines({ bins, limits: limits.sort((a, b) => a - b) }, { width, height: 3 })) {
            expect(widthOfLine(line)).toBeLessThanOrEqual(width)
            expect(textOf(line)).not.toMatch(/NaN|undefined|Infinity/)
          }
        },
      ),
    )
  })

  test('of nothing is empty', () => {
    expect(histogramLines({ bins: [], limits: [1] }, { width: 80, height: 3 })).toEqual([])
  })
})

test('the rules that dropped most come first, and rules without values have no histogram', () => {
  const rule = (name: string, documents: number, hasValues: boolean): Ledger['dropped'][number] => ({
    rule: `keep: ${name} > 3`,
    documents,
    bytes: 0,
    samples: [],
    ...(hasValues ? { seen: [{ metric: name, limits: [3], bins: [[1, 2, 7] as const] }] } : {}),
  })
  const ledger: Ledger = {
    in: { documents: 9, bytes: 9 },
    out: { documents: 1, bytes: 1 },
    dropped: [rule('a', 1, true), rule('b', 5, true), rule('c', 2, false), rule('d', 0, true)],
    changed: [],
    malformed: { count: 0, samples: [] },
    truncated: [],
  }
  const names = (most: number) =>
    ruleHistograms(ledger, { width: 80, most })
      .map(textOf)
      .flatMap((line) => /^(\w) {2}keep/.exec(line)?.[1] ?? [])
  expect(names(3)).toEqual(['b', 'a'])
  expect(names(1)).toEqual(['b'])
  expect(names(Number.POSITIVE_INFINITY)).toEqual(['b', 'a', 'd'])
})
