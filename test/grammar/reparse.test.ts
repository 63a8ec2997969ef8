/** Parsing a text again after an edit gives what parsing it anew gives. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Parsed, parse } from '../../grammar/parse.ts'
import { reparse } from '../../grammar/reparse.ts'

const files = ['pipelines/assistant', 'pipelines/sweep', 'stdlib/models', 'stdlib/clean'].map(
  (name) => `${name}.llmpipe`,
)
const texts = files.map((file) => readFileSync(file, 'utf8'))
const pieces = [
  '',
  ' ',
  '\n',
  '\r\n',
  '0',
  'x',
  ',',
  '(',
  ')',
  '[',
  '{',
  '}',
  '"',
  '"""',
  '//',
  '/// Doc.\n',
  '\n\n',
  '|> tidy()',
  '\n+ 4\n',
  'data new = read("a")\n',
  '\nlet a = 1 let b = 2\n',
  '\nuse std.clean { tidy }\n',
  'let ',
  ' = 3',
  'for x in [1] {',
  '\nif true {\n',
  '\n} else {\n',
  '\nelse\n',
  '#',
  '\n<<<<<<< a\n',
  '\ufffd',
  'é',
  '\u{1f600}',
]
const edits = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.oneof(fc.nat(12), fc.nat(400)),
  added: fc.constantFrom(...pieces),
})

function edited(old: string, { place, removed, added }: { place: number; removed: number; added: string }): string {
  const at = Math.floor(place * old.length)
  return old.slice(0, at) + added + old.slice(at + removed)
}

test('after any edit', () => {
  fc.assert(
    fc.property(fc.nat(texts.length - 1), edits, (index, edit) => {
      const old = texts[index]!
      const text = edited(old, edit)
      expect(reparse('a', text, { text: old, parsed: parse('a', old) })).toEqual(parse('a', text))
    }),
    { numRuns: 300 },
  )
})

test('after several edits and their undoing, each with the tree of the one before', () => {
  fc.assert(
    fc.property(fc.nat(texts.length - 1), fc.array(edits, { minLength: 2, maxLength: 6 }), (index, list) => {
      let text = texts[index]!
      let parsed = parse('a', text)
      const steps = [text]
      for (const edit of list) steps.push(edited(steps.at(-1)!, edit))
      for (const next of [...steps, ...steps.reverse()]) {
        parsed = reparse('a', next, { text, parsed })
        text = next
        expect(parsed).toEqual(parse('a', text))
      }
    }),
    { numRuns: 100 },
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

test('declarations that an edit does not touch stay the same objects, also while the text cannot be read', () => {
  const text = 'let a = 1\nlet b = 2\nlet c = 3\nlet d = 4\n'
  const all = parse('a', text)
  const [a, , c, d] = all.program.declarations
  const typing = text.replace('let b = 2', 'let b = tidy(')
  const broken = reparse('a', typing, { text, parsed: all })
  expect(broken.problems).toHaveLength(1)
  const same = (parsed: Parsed, at: number, declaration: unknown) =>
    expect(parsed.program.declarations[at]).toBe(declaration)
  same(broken, 0, a)
  same(broken, 1, c)
  same(broken, 2, d)
  const appended = `${typing.replace('tidy(', '20')}let e = 5\n`
  const whole = reparse('a', appended, { text: typing, parsed: broken })
  same(whole, 0, a)
  expect(whole).toEqual(parse('a', appended))
})

test('the branches of an `if` share their condition, as in a text that is parsed anew', () => {
  const text = 'let a = 1\nif a > 0 {\n  let b = 2\n} else {\n  let b = 3\n}\nlet c = 4\n'
  const edited = text.replace('b = 3', 'b = 30')
  const again = reparse('a', edited, { text, parsed: parse('a', text) }).program.declarations[1]
  expect(again?.type === 'if' && again.branches[0]?.condition).toBe(
    again?.type === 'if' && again.branches[1]?.condition,
  )
})
