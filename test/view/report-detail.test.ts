/** The details of reports as they are stored in action records, and as screens show them. */

import { describe, expect, test } from 'vitest'
import type { DetailParts, StageReport } from '../../src/core/report.ts'
import { isReport } from '../../src/store/action-shape.ts'
import { textOf } from '../../src/view/line.ts'
import { detailLines, namedMetrics, otherMetrics, showsMetrics } from '../../src/view/report-detail.ts'

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
  sources: [
    { name: 'web', tokens: 90_112, epochs: 0.75, loss: 3.25 },
    { name: 'books', tokens: 10_240, epochs: 12.5 },
  ],
  calibration: [
    { from: 0.5, to: 0.55, pairs: 12, confidence: 0.52, accuracy: 0.5 },
    { from: 0.55, to: 0.6, pairs: 0, confidence: 0, accuracy: 0 },
  ],
  scores: distribution,
  margins: distribution,
  overlap: {
    all: { name: 'all', texts: 120, contaminated: 3, shared: 4, covered: 0.031, coveredLong: 0.02 },
    sources: [
      { name: 'train', texts: 120, contaminated: 2, shared: 4, covered: 0.03, coveredLong: 0.02 },
      { name: 'pairs', texts: 120, contaminated: 1, shared: 0, covered: 0.001, coveredLong: 0 },
    ],
    short: 1,
    empty: 0,
    left: 0,
    unknown: ['the tokens of x, whose texts are not known'],
    examples: [
      { id: 'q1', text: 'Who is\nAhab?', covered: 1, twin: { id: 'd7', source: 'train', text: 'who is ahab' } },
    ],
  },
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
  sources: [
    'source  share  tokens  epochs   loss',
    'web     89.8%  90,112    0.75  3.250',
    'books   10.2%  10,240   12.50',
  ],
  calibration: ['sure  right  pairs', ' 52%    50%     12'],
  scores: ['scores   mean 0.410, 90% between -0.220 and 1.300'],
  margins: ['margins  mean 0.410, 90% between -0.220 and 1.300'],
  overlap: [
    'learned from  contaminated  8-grams  13-grams  texts with 13',
    'train             2 of 120     3.0%      2.0%           3.3%',
    'pairs             1 of 120     0.1%        0%             0%',
    'together          3 of 120     3.1%      2.0%           3.3%',
    'not compared: the tokens of x, whose texts are not known',
    '',
    'q1  100%',
    '  measured Who is Ahab?',
    '  learned  who is ahab  train, d7',
  ],
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

test('the metrics of sources have their names, and are not listed beside their table', () => {
  const metrics = { train_loss: 3, 'train_loss[0]': 3.25, 'tokens[1]': 10_240 }
  const report = { ...read({ sources: stored.sources }), metrics }
  expect(namedMetrics(report)).toEqual({ train_loss: 3, 'train_loss[web]': 3.25, 'tokens[books]': 10_240 })
  expect(otherMetrics(report)).toEqual([['train_loss', 3]])
  expect(otherMetrics({ metrics })).toHaveLength(3)
  expect(namedMetrics({ metrics: { 'loss[7]': 1 } })).toEqual({ 'loss[7]': 1 })
})
