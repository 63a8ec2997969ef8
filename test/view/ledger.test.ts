/** Ledgers as lines. */

import { expect, test } from 'vitest'
import type { Ledger } from '../../src/core/ledger.ts'
import { ledgerLines } from '../../src/view/ledger.ts'
import { textOf, width } from '../../src/view/line.ts'

const samples = [{ id: '1', text: 'a short one', value: '3' }]
const ledger: Ledger = {
  in: { documents: 1000, bytes: 50_000 },
  out: { documents: 700, bytes: 40_000 },
  dropped: [
    { rule: 'keep: words > 8', documents: 100, bytes: 2000, samples },
    { rule: 'dedup', documents: 200, bytes: 8000, samples: [] },
    { rule: 'never', documents: 0, bytes: 0, samples: [] },
  ],
  changed: [{ step: 'normalize', documents: 1, note: 'unicode' }],
  malformed: { count: 2, samples: [{ file: 'a.jsonl', line: 7, message: 'not JSON' }] },
  truncated: [{ step: 'encode', documents: 5 }],
}
const shown = (options: Parameters<typeof ledgerLines>[1]) =>
  ledgerLines(ledger, options).map((line) => textOf(line).trimEnd())

test('a ledger shows where the documents went, the largest loss first', () => {
  const lines = shown({ width: 100, samples: 1 }).filter((line) => !line.includes('a short one'))
  expect(lines[0]).toBe('1,000 documents in (50.0 kB)  →  700 out (40.0 kB)  70.0% kept')
  expect(lines[1]).toMatch(/^ {2}− dedup +200 +20\.0%/)
  expect(lines[2]).toMatch(/^ {2}− keep: words > 8 +100 +10\.0%/)
  expect(lines.slice(3)).toEqual([
    '  ~ normalize changed 1 document (unicode)',
    '  ✂ encode cut 5 documents short',
    '  ! 2 documents could not be read',
    '      a.jsonl:7 not JSON',
    '      … and 1 more that the ledger only counts',
  ])
})

test('samples show what a rule dropped', () => {
  expect(shown({ width: 100, samples: 2 })).toContain('      3  a short one')
})

test('a ledger in a small room says how many lines it leaves out', () => {
  const lines = shown({ width: 100, height: 3 })
  expect(lines).toHaveLength(3)
  expect(lines.at(-1)).toBe('  … and 6 more')
})

test('no line is wider than the room', () => {
  for (const columns of [20, 40, 80])
    for (const line of ledgerLines(ledger, { width: columns })) expect(width(textOf(line))).toBeLessThanOrEqual(columns)
})

test('the bar of the largest loss ends before the room does', () => {
  const rule = 'gopher_quality: ellipsis_line_ratio <= 0.3'
  const long = { ...ledger, dropped: [{ rule, documents: 200, bytes: 8000, samples: [] }] }
  expect(textOf(ledgerLines(long, { width: 80 })[1]!)).toMatch(/ 20\.0% █+$/)
})
