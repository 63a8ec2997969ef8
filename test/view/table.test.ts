/** Tables of plain text. */

import { expect, test } from 'vitest'
import { textOf } from '../../src/view/line.ts'
import { table } from '../../src/view/table.ts'

const heads = [
  { title: 'NAME', most: 6 },
  { title: 'SIZE', align: 'right' as const },
]
const drawn = (...rest: [rows: string[][], columns?: number]) => table(heads, ...rest).map((line) => textOf(line))

test('columns are as wide as they need to be, numbers to the right', () => {
  expect(
    drawn([
      ['a', '1'],
      ['bcd', '10,000'],
    ]),
  ).toEqual(['NAME    SIZE', 'a          1', 'bcd   10,000'])
})

test('a column is cut to its most, and the table to its width', () => {
  expect(drawn([['a long name', '1']])).toEqual(['NAME    SIZE', 'a lon…     1'])
  expect(drawn([['a', '1']], 7).every((line) => line.length <= 7)).toBe(true)
  expect(drawn([['a long name', '1']], Number.POSITIVE_INFINITY)[1]).toBe('a long name     1')
})

test('a missing cell is empty, and a table without titles has no header', () => {
  expect(drawn([['a']])[1]).toBe('a         ')
  expect(table([{ title: '' }], [['a']]).map((line) => textOf(line))).toEqual(['a'])
})
