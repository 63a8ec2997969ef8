/** Variants side by side, as text. */

import { expect, test } from 'vitest'
import { textOf } from '../../src/view/line.ts'
import { type Contender, metricToSortBy, ranked, variantCurves, variantTable } from '../../src/view/variants.ts'

const contender = (lr: string, layers: string, more: Partial<Contender> = {}): Contender => ({
  name: `base[lr=${lr}, layers=${layers}]`,
  of: 'base',
  values: { lr, layers },
  metrics: {},
  note: '',
  points: [],
  ...more,
})
const line = (from: number, to: number) =>
  [0, 50, 100].map((step) => ({ step, value: from + ((to - from) * step) / 100 }))

const three = [
  contender('1e-3', '2', {
    metrics: { train_loss: 4.4, valid_loss: 4.377, tokens: 10 },
    seconds: 40,
    points: line(5, 4.4),
  }),
  contender('10', '2', { note: 'failed: training diverged at step 6', seconds: 12, points: line(5, 6) }),
  contender('3e-4', '12', {
    metrics: { train_loss: 4.3, valid_loss: 4.102, tokens: 10 },
    seconds: 41,
    points: line(5, 4),
  }),
]
const shown = (lines: ReturnType<typeof variantTable>) => lines.map((each) => textOf(each).trimEnd())

test('the best come first, those without metrics last', () => {
  const by = metricToSortBy(three)
  expect(by).toBe('valid_loss')
  expect(ranked(three, by).map(({ values }) => values.lr)).toEqual(['3e-4', '1e-3', '10'])
  expect(ranked(three, 'accuracy')).toEqual(three)
  const accurate = [
    contender('1', '1', { metrics: { accuracy: 0.2 } }),
    contender('2', '1', { metrics: { accuracy: 0.9 } }),
  ]
  expect(ranked(accurate, 'accuracy').map(({ values }) => values.lr)).toEqual(['2', '1'])
})

test('the table has the metrics in which they differ, and says why one has none', () => {
  const sorted = ranked(three, 'valid_loss')
  expect(shown(variantTable(sorted, { width: 80, by: 'valid_loss', letters: true }))).toEqual([
    '   lr    layers  TOOK  valid_loss  train_loss',
    'a  3e-4  12       41s       4.102       4.300',
    'b  1e-3  2        40s       4.377       4.400',
    'c  10    2        12s  failed: training diverged at step 6',
  ])
  expect(shown(variantTable(sorted, { width: 40, by: 'train_loss' }))).toEqual([
    'lr    layers  TOOK  train_loss  valid_l…',
    '3e-4  12       41s       4.300       4.…',
    '1e-3  2        40s       4.400       4.…',
    '10    2        12s  failed: training di…',
  ])
})

test('stages of several names are told apart by them', () => {
  const other = contender('1', '1', { of: 'chat', values: {}, metrics: { valid_loss: 3 } })
  expect(shown(variantTable([three[0]!, other], { width: 80, by: 'valid_loss' }))[1]).toMatch(/^base {3}1e-3/)
})

test('each curve ends in the letter of its row', () => {
  const lines = variantCurves(ranked(three, 'valid_loss'), { width: 30, height: 9 }).map(textOf)
  const marks = lines
    .map((text) => text.slice(28))
    .join('')
    .replace(/[^a-z]/g, '')
  expect(marks).toBe('cba')
  expect(lines.every((text) => text.length <= 30)).toBe(true)
})

test('of many only the first are drawn', () => {
  const many = Array.from({ length: 15 }, (_, i) =>
    contender(`${i}`, '1', { metrics: { valid_loss: i }, points: line(5, i) }),
  )
  const lines = variantCurves(many, { width: 60, height: 18 }).map(textOf)
  expect(lines.at(-1)).toBe('the first 12 of 15')
  expect(shown(variantTable(many, { width: 60, by: 'valid_loss', letters: true }))[13]).toMatch(/^ {3}12/)
})
