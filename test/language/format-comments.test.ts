/** A comment between any two tokens is kept, in its order, and formatting a second time changes nothing. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { globSync } from 'tinyglobby'
import { expect, test } from 'vitest'
import { parse, tokenize } from '../../grammar/parse.ts'
import { format } from '../../src/language/format/format.ts'
import { bare } from '../grammar/arbitrary.ts'

const programs = globSync(
  ['pipelines', 'stdlib', 'test/language/format', 'test/language/cases'].map((folder) => `${folder}/*.llmpipe`),
)
  .sort()
  .map((path) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n'))
  .filter((text) => text.length < 3000 && parse('f', text).problems.length === 0)

/** A text with comments before some of its tokens, each on the rest of its line. */
function commented(text: string, places: readonly number[]): string {
  const { tokens } = tokenize('f', text, 0)
  const offsets = [...new Set(places.map((place) => tokens[place % Math.max(1, tokens.length)]?.startOffset ?? 0))]
  let result = text
  for (const [index, offset] of offsets.sort((a, b) => b - a).entries())
    result = `${result.slice(0, offset)}// note ${index}\n${result.slice(offset)}`
  return result
}

function check(text: string): void {
  const before = parse('f', text)
  if (before.problems.length > 0) return
  const { text: formatted = '' } = format(text)
  const after = parse('f', formatted)
  expect(after.problems, formatted).toEqual([])
  expect(bare(after.program.declarations), text).toEqual(bare(before.program.declarations))
  const comments = (all: typeof after) => all.program.comments.map((comment) => comment.text).sort()
  expect(comments(after), text).toEqual(comments(before))
  expect(format(formatted).text, text).toBe(formatted)
}

test('a comment between any two tokens of one program', () => {
  const text = readFileSync('test/language/format/comments-everywhere.llmpipe', 'utf8')
  for (const place of tokenize('f', text, 0).tokens.keys()) check(commented(text, [place]))
})

test('comments between the tokens of any program', () => {
  const made = fc.record({
    text: fc.constantFrom(...programs),
    places: fc.array(fc.nat(2000), { minLength: 1, maxLength: 6 }),
  })
  fc.assert(
    fc.property(made, ({ text, places }) => check(commented(text, places))),
    { numRuns: 250, seed: 1 },
  )
})
