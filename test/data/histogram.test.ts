/** Histograms of metrics: every value lies in its bin, parts add up, and a rule records what it compared with numbers. */

import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { DocumentExpression } from '../../src/core/expression.ts'
import { Document } from '../../src/data/document.ts'
import { binOf, edgeOf, Histogram, type ScaleName } from '../../src/data/histogram.ts'
import { LedgerBook } from '../../src/data/ledger.ts'
import { keep } from '../../src/data/steps/keep.ts'

const scale = fc.constantFrom<ScaleName>('fraction', 'count', 'other')
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: 0, max: 100_000 }),
  fc.integer({ min: 0, max: 200 }).map((n) => n / 100),
)

describe('a histogram', () => {
  it('puts every number between the edges of its bin', () => {
    fc.assert(
      fc.property(number, scale, (value, name) => {
        const bin = binOf(Math.abs(value), name)
        expect(edgeOf(bin, name)).toBeLessThanOrEqual(Math.abs(value))
        expect(edgeOf(bin + 1, name)).toBeGreaterThan(Math.abs(value))
        const histogram = new Histogram('x', name)
        histogram.add(value)
        const [[from = 0, to = 0] = []] = histogram.toJSON().bins
        expect(from <= value && value <= to).toBe(true)
      }),
    )
  })

  it('has edges at round numbers, so that 0.7 and 8 begin bins', () => {
    expect(edgeOf(binOf(0.7, 'fraction'), 'fraction')).toBe(0.7)
    expect(edgeOf(binOf(8, 'count'), 'count')).toBe(8)
    expect(edgeOf(binOf(0.58, 'fraction'), 'fraction')).toBe(0.58)
  })

  it('of a whole is the sum of those of its parts', () => {
    fc.assert(
      fc.property(fc.array(number), fc.array(number), scale, (a, b, name) => {
        const [whole, left, right] = [0, 1, 2].map(() => new Histogram('x', name)) as [Histogram, Histogram, Histogram]
        for (const value of [...a, ...b]) whole.add(value)
        for (const value of a) left.add(value)
        for (const value of b) right.add(value)
        left.addCounts(right.counts())
        expect(left.toJSON()).toEqual(whole.toJSON())
      }),
    )
  })
})

const metric = (name: string): DocumentExpression => ({ op: 'metric', name })
const literal = (value: number): DocumentExpression => ({ op: 'literal', value })
const atLeast = (left: DocumentExpression, right: DocumentExpression): DocumentExpression => ({ op: '>=', left, right })

function seen(where: DocumentExpression, texts: readonly string[]) {
  const book = new LedgerBook()
  const step = keep({ where: where as never }, book)
  for (const text of texts) step(new Document(text, 'x'))
  return { dropped: book.ledger().dropped[0]!, book }
}

test('a rule records the metrics that it compares with numbers, for the documents that it looked at', () => {
  const where: DocumentExpression = {
    op: 'and',
    left: atLeast(metric('words'), literal(2)),
    right: { op: 'between', of: metric('characters'), from: literal(3), to: literal(100) },
  }
  const { dropped } = seen(where, ['one', 'two words', 'three words here'])
  expect(dropped.seen).toEqual([
    {
      metric: 'words',
      limits: [2],
      bins: [
        [1, 2, 1],
        [2, 3, 1],
        [3, 4, 1],
      ],
    },
    // The first document had too few words, so its characters were not counted.
    {
      metric: 'characters',
      limits: [3, 100],
      bins: [
        [8, 10, 1],
        [16, 20, 1],
      ],
    },
  ])
})

test('a metric that is compared twice counts each document once', () => {
  const words = metric('words')
  const where: DocumentExpression = {
    op: 'and',
    left: atLeast(words, literal(1)),
    right: atLeast({ op: 'literal', value: 9 }, words),
  }
  expect(seen(where, ['one', 'two words']).dropped.seen).toEqual([
    {
      metric: 'words',
      limits: [1, 9],
      bins: [
        [1, 2, 1],
        [2, 3, 1],
      ],
    },
  ])
})

test('two metrics that are compared with each other, and texts, have no histogram', () => {
  const where: DocumentExpression = { op: '<', left: metric('words'), right: metric('lines') }
  expect(seen(where, ['one']).dropped.seen).toBeUndefined()
})

test('a part that an earlier version kept leaves no histogram that would lack its documents', () => {
  const { book } = seen(atLeast(metric('words'), literal(2)), ['one'])
  const part = book.part()
  book.add({ ...part, rules: part.rules.map(({ seen: _, ...rule }) => rule) })
  expect(book.ledger().dropped[0]!.seen).toBeUndefined()
  expect(book.ledger().dropped[0]!.documents).toBe(2)
})
