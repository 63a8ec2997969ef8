/** The funnel of a program: what each rule leaves, and how it fits into a terminal. */

import { describe, expect, test } from 'vitest'
import type { Ledger } from '../../src/core/ledger.ts'
import { type FunnelStage, funnelLines, rulesOf } from '../../src/view/funnel.ts'
import { textOf, widthOfLine } from '../../src/view/line.ts'

const ledger: Ledger = {
  in: { documents: 10, bytes: 1000 },
  out: { documents: 5, bytes: 700 },
  dropped: [
    { rule: 'keep: words > 1', documents: 3, bytes: 100, samples: [] },
    { rule: 'keep: words > 0', documents: 0, bytes: 0, samples: [] },
    { rule: 'drop: 見出し', documents: 1, bytes: 150, samples: [] },
  ],
  changed: [],
  malformed: { count: 1, samples: [] },
  truncated: [],
}

const stages: readonly FunnelStage[] = [
  {
    name: 'pages',
    kind: 'documents',
    files: { count: 2, bytes: 1_500 },
    in: ledger.in,
    out: ledger.out,
    rules: rulesOf(ledger),
    unreadable: 1,
  },
  { name: 'a,b', kind: 'split', out: { documents: 5 }, rules: [], unreadable: 0, note: '4 and 1 documents' },
  { name: 'tokens', kind: 'encode', out: { documents: 4, bytes: 600 }, rules: [], unreadable: 0, tokens: 200 },
]

test('each rule has what is left after it, and rules that dropped nothing are left out', () => {
  const rules = rulesOf(ledger).map(({ rule, left }) => [rule, left])
  expect(rules).toEqual([
    ['keep: words > 1', 6],
    ['drop: 見出し', 5],
  ])
})

describe('the lines of a funnel', () => {
  const lines = (width: number) => funnelLines(stages, { width }).map(textOf)

  test('go from the files to the tokens', () => {
    const words = lines(100).map((line) =>
      line
        .replace(/[█▌▍▋▊▉▎▏░]+/, '#')
        .split(/\s{2,}/)
        .map((word) => word.trim()),
    )
    expect(words).toEqual([
      ['', 'DOCUMENTS', 'KEPT', 'TEXT', ''],
      ['2 files', '1.50 kB', ''],
      ['', '! could not be read', '−1', ''],
      ['', '− keep: words > 1', '−3', '−30.0%', '−100 B', ''],
      ['', '− drop: 見出し', '−1', '−10.0%', '−150 B', ''],
      ['pages', '5', '50.0%', '700 B', '#'],
      ['a,b', '5', '4 and 1 documents'],
      ['tokens', '4', '600 B', '→ 200 tokens, 3.00 B each'],
    ])
  })

  test.each([60, 80, 100, 160])('fit into %i columns', (width) => {
    for (const line of funnelLines(stages, { width })) expect(widthOfLine(line)).toBeLessThanOrEqual(width)
  })

  test('of no documents have no bars, and no division by zero', () => {
    const empty = { documents: 0, bytes: 0 }
    const text = funnelLines([{ name: 'x', kind: 'read', in: empty, out: empty, rules: [], unreadable: 0 }], {
      width: 80,
    })
    expect(text.map(textOf).join('\n')).not.toMatch(/NaN|█/)
  })
})
