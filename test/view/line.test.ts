/** Text of others in lines of a screen. */

import { expect, test } from 'vitest'
import { cut, fitTo, seg, width } from '../../src/view/line.ts'

const escaped = 'a\u001b[31mb'

test('a character that would act on the terminal is written as an escape, and not dropped', () => {
  expect(seg(escaped).text).toBe('a\\u{1b}[31mb')
  expect(seg('a\nb\tc').text).toBe('a⏎b c')
})

test('a text takes the columns that its escapes take', () => {
  expect(width(escaped)).toBe(seg(escaped).text.length)
  expect(width('a\nb\tc')).toBe(5)
  expect(seg(cut(escaped, 9)).text).toBe('a\\u{1b}[…')
  expect(seg(fitTo(escaped, 14)).text).toBe('a\\u{1b}[31mb  ')
})
