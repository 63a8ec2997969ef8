/** The details of reports as they are stored in action records, and as screens show them. */

import { describe, expect, test } from 'vitest'
import type { DetailParts, StageReport } from '../../src/core/report.ts'
import { isReport } from '../../src/store/action-shape.ts'
import { textOf } from '../../src/view/line.ts'
import { detailLines, showsMetrics } from '../../src/view/report-detail.ts'

const distribution = { mean: 0.41, deviation: 0.6, quantiles: [-0.22, 0.1, 0.4, 0.8, 1.3] }

/** As earlier versions of llmpipe have written them. */
const stored: { readonly [K in keyof DetailParts]: DetailParts[K] } = {
  comparison: {
    models: ['base', 'tuned'],
    metrics: [{ name: 'win_rate', values: [{ value: 0.5 }, { value: 0.75, low: 0.7, high: 0.8 }] }],
    answers: [{ prompt: 'Hello', answers: ['one', 'two'] }],
  },
  ranking: { by: 'valid_loss', rows: [{ name: 'small', value: 1.5 }] },
  sample: { prompt: 'Call me', text: ' Ishmael.\nSome years ago' },
  calibration: [
    { from: 0.5, to: 0.55, pairs: 12, confidence: 0.52, accuracy: 0.5 },
    { from: 0.55, to: 0.6, pairs: 0, confidence: 0, accuracy: 0 },
  ],
  scores: distribution,
  margins: distribution,
}

const shown = (report: StageReport, width = 60) =>
  detailLines(report.detail, { width }).map((line) => textOf(line).trimEnd())

/** A report read from the JSON of a record. */
function read(detail: unknown): StageReport {
  const report: unknown = JSON.parse(JSON.stringify({ detail }))
  if (!isReport(report)) throw new Error('the record is refused')
  return report
}

const expected: { readonly [K in keyof DetailParts]: readonly string[] } = {
  comparison: [
    '          base        tuned',
    'win rate   50%  75% (70–80)',
    '',
    'Hello',
    '  base   one',
    '  tuned  two',
  ],
  ranking: ['MODEL  valid_loss', 'small       1.500'],
  sample: ['it writes', '  Call me Ishmael.', '  Some years ago'],
  calibration: ['sure  right  pairs', ' 52%    50%     12'],
  scores: ['scores   mean 0.410, 90% between -0.220 and 1.300'],
  margins: ['margins  mean 0.410, 90% between -0.220 and 1.300'],
}

describe('a stored report', () => {
  for (const name of Object.keys(stored) as (keyof DetailParts)[])
    test(`with the detail ${name} is read and shown`, () => {
      expect(shown(read({ [name]: stored[name] }))).toEqual(expected[name])
    })

  test('of a reward model shows its three parts', () => {
    const { calibration, scores, margins } = stored
    expect(shown(read({ margins, calibration, scores }))).toEqual([
      ...expected.calibration,
      ...expected.scores,
      ...expected.margins,
    ])
  })

  test('with a field of another version of llmpipe is read, and that field is not shown', () => {
    expect(shown(read({ perplexities: [1, 2], sample: stored.sample }))).toEqual(expected.sample)
    expect(shown(read({}))).toEqual([])
  })

  test('with a part of another shape is refused', () => {
    for (const detail of [{ margins: 3 }, { calibration: [{}] }, { scores: { mean: 'high' } }, { sample: [] }])
      expect(() => read(detail)).toThrow('refused')
  })

  test('with a number that JSON cannot hold is read, and shows NaN', () => {
    expect(shown(read({ scores: { ...distribution, mean: Number.NaN } }))[0]).toContain('mean NaN')
  })
})

test('no line is wider than the screen', () => {
  for (const line of shown(read(stored), 20)) expect(line.length).toBeLessThanOrEqual(20)
})

test('metrics are listed beside a detail, unless it holds them', () => {
  expect(showsMetrics(read({ comparison: stored.comparison }).detail)).toBe(true)
  expect(showsMetrics(read({ margins: distribution }).detail)).toBe(false)
  expect(showsMetrics(undefined)).toBe(false)
})
