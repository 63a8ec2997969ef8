/** Copies beside the documents that stayed. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { passagesOf } from '../../src/data/dedup/twins.ts'
import { textOf, widthOfLine } from '../../src/view/line.ts'
import { twinLines } from '../../src/view/twins.ts'

describe('a copy and the document that stayed', () => {
  const twin = { id: 'a', kept: 'one two three four', dropped: 'one two 3 four' }

  test('stand side by side, and the words that differ are marked', () => {
    const lines = twinLines({ id: 'b' }, twin, 80)
    expect(lines.map((line) => textOf(line).replace(/ +/g, ' ').trim())).toEqual([
      'kept a │ dropped b',
      'one two three four │ one two 3 four',
    ])
    const toned = lines.flat().filter(({ tone }) => tone === 'good' || tone === 'bad')
    expect(toned.map(({ text }) => text.trim())).toEqual(['kept', 'dropped', 'three', '3'])
  })

  test('stand below each other in a narrow terminal', () => {
    expect(twinLines({ id: 'b' }, twin, 40).map(textOf)).toEqual([
      'kept a',
      'one two three four',
      'dropped b',
      'one two 3 four',
    ])
  })

  test('are one text if the passages are equal', () => {
    const same = { id: 'a', kept: 'the same', dropped: 'the same' }
    expect(twinLines({ id: 'b' }, same, 80).map(textOf)).toEqual(['kept a  dropped b', 'the same'])
  })

  test('fit whatever the texts and the width are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 20, max: 130 }),
        (a, b, columns) => {
          for (const line of twinLines({ id: a }, { id: b, kept: a, dropped: b }, columns))
            expect(widthOfLine(line)).toBeLessThanOrEqual(columns)
        },
      ),
    )
  })
})

test('the passages of two long texts are those around the first difference', () => {
  const head = 'same words again and '.repeat(40)
  const { kept, dropped } = passagesOf(`${head}one end`, `${head}other end of the text`)
  expect(kept).toMatch(/^….*one end$/)
  expect(dropped).toMatch(/^….*other end of the text$/)
  expect(kept.length).toBeLessThan(200)
})

test('the passages of texts that differ at once, or not at all, are their beginnings', () => {
  const long = 'x'.repeat(900)
  expect(passagesOf(long, long)).toEqual({ kept: `${'x'.repeat(300)}…`, dropped: `${'x'.repeat(300)}…` })
  expect(passagesOf('a', 'b')).toEqual({ kept: 'a', dropped: 'b' })
  expect(passagesOf('', '')).toEqual({ kept: '', dropped: '' })
})
