/** Text of others is shown and acts on nothing. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sanitize } from '../../src/core/values/printable.ts'

test.each([
  ['a plain text', 'a plain text'],
  ['\u001b[2Kgone', '\\u{1b}[2Kgone'],
  ['\u009b2Kgone', '\\u{9b}2Kgone'],
  ['\u0007\b\r', '\\u{7}\\u{8}\\u{d}'],
  ['rm \u202egpj.exe', 'rm \\u{202e}gpj.exe'],
  ['\u2066a\u2069', '\\u{2066}a\\u{2069}'],
  ['a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
  ['a\tb\nc', 'a\\u{9}b\\u{a}c'],
  ['größe 名前 👩‍💻 क्‍ष', 'größe 名前 👩‍💻 क्‍ष'],
])('%j is shown as %j', (text, shown) => {
  expect(sanitize(text)).toBe(shown)
})

test('tabs and newlines stay where they are asked for', () => {
  expect(sanitize('a\tb\nc\u001b', { keep: '\n\t' })).toBe('a\tb\nc\\u{1b}')
  expect(sanitize('a\tb\nc', { keep: '\n' })).toBe('a\\u{9}b\nc')
})

test('characters that nobody sees are shown where each counts', () => {
  expect(sanitize('a\u200bb\ufeff')).toBe('a\u200bb\ufeff')
  expect(sanitize('a\u200bb\ufeff\u{e0041}', { all: true })).toBe('a\\u{200b}b\\u{feff}\\u{e0041}')
})

test('nothing that acts on a terminal is left, and a second time changes nothing', () => {
  const text = fc
    .array(fc.integer({ min: 0, max: 0x2100 }).map((code) => String.fromCodePoint(code)))
    .map((all) => all.join(''))
  fc.assert(
    fc.property(text, (source) => {
      const shown = sanitize(source)
      expect(shown).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
      expect(sanitize(shown)).toBe(shown)
    }),
  )
})
