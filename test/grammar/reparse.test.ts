/** Parsing a text again after an edit gives what parsing it anew gives. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from '../../grammar/parse.ts'
import { reparse } from '../../grammar/reparse.ts'

const files = ['pipelines/assistant', 'pipelines/sweep', 'stdlib/models', 'stdlib/clean'].map(
  (name) => `${name}.llmpipe`,
)
const texts = files.map((file) => readFileSync(file, 'utf8'))
const pieces = [
  '',
  ' ',
  '\n',
  '0',
  'x',
  ',',
  '(',
  ')',
  '{',
  '}',
  '"',
  '//',
  '/// Doc.\n',
  '\n\n',
  '|> tidy()',
  'data new = read("a")\n',
  'let ',
  ' = 3',
  'for x in [1] {',
  '#',
  '\u{1f600}',
]

test('after any edit', () => {
  fc.assert(
    fc.property(
      fc.nat(texts.length - 1),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(12),
      fc.constantFrom(...pieces),
      (index, place, removed, added) => {
        const old = texts[index]!
        const at = Math.floor(place * old.length)
        const text = old.slice(0, at) + added + old.slice(at + removed)
        expect(reparse('a', text, { text: old, parsed: parse('a', old) })).toEqual(parse('a', text))
      },
    ),
    { numRuns: 150 },
  )
})

test('after several edits in a row, at the end of each line', () => {
  let text = texts[1]!
  let parsed = parse('a', text)
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 4)) {
    const next = `${text.slice(0, at)} //${text.slice(at)}`
    parsed = reparse('a', next, { text, parsed })
    text = next
    expect(parsed).toEqual(parse('a', text))
  }
})
