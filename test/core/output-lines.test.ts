/** Lines of the output of other programs, in bounded memory. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LINE_COST, LineBudget, OutputLines, type Splitting } from '../../src/core/values/output-lines.ts'

function split(pieces: readonly (string | Buffer)[], splitting: Splitting): string[] {
  const heard: string[] = []
  const lines = new OutputLines((line) => heard.push(line), splitting)
  for (const piece of pieces) lines.take(Buffer.from(piece as string))
  lines.end()
  return heard
}

const wide: Splitting = { most: () => 1_000 }

describe('lines', () => {
  test('are the same however the bytes come', () => {
    const text = 'one\n\ntwo ü 漢\r\nthree'
    fc.assert(
      fc.property(fc.array(fc.nat(Buffer.byteLength(text)), { maxLength: 6 }), (cuts) => {
        const bytes = Buffer.from(text)
        const at = [0, ...[...cuts].sort((a, b) => a - b), bytes.length]
        const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i]!, end))
        expect(split(pieces, wide)).toEqual(['one', '', 'two ü 漢\r', 'three'])
        expect(split(pieces, { ...wide, returns: true })).toEqual(['one', '', 'two ü 漢', 'three'])
      }),
    )
  })

  test('of a progress bar end at each return', () => {
    expect(split(['10%\r20%\r', '30%\n'], { ...wide, returns: true })).toEqual(['10%', '20%', '30%'])
  })

  test('that are too long are cut between characters, and say how much more there was', () => {
    expect(split(['ab漢d\nnext'], { most: () => 4 })).toEqual(['ab … (2 bytes more)', 'next'])
    expect(split(['{long enough}\nlong enough'], { most: (first) => (first === 0x7b ? 100 : 4) })).toEqual([
      '{long enough}',
      'long … (7 bytes more)',
    ])
  })

  test('without an end take no more memory than the longest', () => {
    const heard: string[] = []
    const lines = new OutputLines((line) => heard.push(line), { most: () => 10 })
    const piece = Buffer.alloc(1 << 20, 'a')
    for (let i = 0; i < 100; i++) lines.take(piece)
    lines.end()
    expect(heard).toEqual([`${'a'.repeat(10)} … (104,857,590 bytes more)`])
  })
})

describe('a budget of lines', () => {
  test('passes all on that is within it', () => {
    const passed: string[] = []
    const budget = new LineBudget(4 * (2 + LINE_COST), (line) => passed.push(line))
    for (const line of ['a', 'b', 'c', 'd']) budget.take(line)
    expect(budget.end()).toBeUndefined()
    expect(passed).toEqual(['a', 'b', 'c', 'd'])
  })

  test('keeps the first and the last, and counts those between', () => {
    const passed: string[] = []
    const budget = new LineBudget(3 * (4 + LINE_COST), (line) => passed.push(line))
    for (let i = 100; i < 200; i++) budget.take(`${i}`)
    expect(budget.end()).toBe('77 lines of output (0.0 MB) are left out here')
    expect(passed.slice(0, 4)).toEqual(['100', '101', '102', '… 77 lines of output (0.0 MB) are left out here …'])
    expect(passed.slice(4)).toEqual(Array.from({ length: 20 }, (_, i) => `${180 + i}`))
  })
})
