/** The grammar is unambiguous, reads programs as they are written, and survives any text. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse, parseExpression } from '../../grammar/parse.ts'
import { LlmpipeParser } from '../../grammar/parser.ts'
import { printTokens, printTree } from '../../grammar/print.ts'
import { format, formatProgram } from '../../src/language/format/format.ts'
import { bare, program } from './arbitrary.ts'

const golden = 'test/grammar/golden'

function matches(file: string, text: string): void {
  if (process.env.UPDATE || !existsSync(file)) writeFileSync(file, text)
  expect(text).toBe(readFileSync(file, 'utf8'))
}

test('the grammar is unambiguous with two tokens of lookahead', () => {
  const span = { file: '', start: 0, end: 0 }
  expect(() => new LlmpipeParser(() => ({ type: 'missing', span }), { validate: true })).not.toThrow()
})

describe('tokens and trees are as before', () => {
  const sources = readdirSync(golden).filter((file) => file.endsWith('.llmpipe'))
  test.each(sources)('%s', (source) => {
    const text = readFileSync(`${golden}/${source}`, 'utf8')
    const { program: tree, problems } = parse(source, text)
    expect(problems).toEqual([])
    matches(`${golden}/${source}.tokens.txt`, `${printTokens(source, text)}\n`)
    matches(`${golden}/${source}.tree.txt`, `${printTree(tree)}\n`)
  })
})

test('printing a tree and reading it again gives the same tree', () => {
  fc.assert(
    fc.property(program, (tree) => {
      const text = formatProgram(tree, '')
      const again = parse(tree.file, text)
      expect(
        again.problems.map((problem) => ({ ...problem, text })),
        text,
      ).toEqual([])
      expect(bare(again.program.declarations)).toEqual(bare(tree.declarations))
    }),
    { numRuns: 300 },
  )
})

test('formatting what was formatted changes nothing', () => {
  fc.assert(
    fc.property(program, (tree) => {
      const once = format(formatProgram(tree, '')).text
      expect(format(once ?? '').text).toBe(once)
    }),
    { numRuns: 150 },
  )
})

const fragment = fc.constantFrom(
  ...[
    'data',
    'model',
    'for',
    'in',
    'let',
    'x',
    '=',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '|>',
    '..',
    '.',
    '-',
    'not',
    'if',
    'else',
  ],
  ...[
    '"a{b}"',
    '"',
    'r"',
    "'",
    '#',
    '1.',
    '.5',
    '3x',
    '\n',
    ' ',
    '// c\n',
    '///d\n',
    'use',
    'repeat',
    'as',
    'in',
    '==',
    '{',
  ],
)

test('no text makes the parser throw, and every problem lies in the text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.array(fragment, { maxLength: 40 }).map((all) => all.join(' ')),
  )
  fc.assert(
    fc.property(text, (source) => {
      const { problems, program: tree } = parse('random.llmpipe', source)
      for (const { span } of problems) {
        expect(span.start).toBeGreaterThanOrEqual(0)
        expect(span.start).toBeLessThanOrEqual(source.length)
        expect(span.end).toBeGreaterThanOrEqual(span.start)
      }
      expect(tree.span.end).toBe(source.length)
    }),
    { numRuns: 1000 },
  )
})

test('a newline decides what a bracket belongs to', () => {
  const { program: tree } = parse('f', 'model m() {\n  x = f\n  (y)\n  z\n  [1]\n}\n')
  const body = tree.declarations[0]?.type === 'model' ? tree.declarations[0].body : []
  expect(body.map((statement) => statement.type)).toEqual(['assign', 'result', 'result', 'result'])
  const { problems } = parse('f', 'data a = f(1)\n{ b: 2 }\n')
  expect(problems.map((problem) => problem.problem)).toEqual(['block-on-its-own-line'])
})

test.each([
  ['2_000', 2000, 'none'],
  ['20M', 20_000_000, 'count'],
  ['64KiB', 65_536, 'bytes'],
  ['10%', 0.1, 'fraction'],
  ['2.5%', 0.025, 'fraction'],
  ['30min', 1800, 'seconds'],
  ['500ms', 0.5, 'seconds'],
  ['1e-3', 0.001, 'none'],
  ['1.5k', 1500, 'count'],
])('%s is %d %s', (text, value, unit) => {
  expect(parseExpression('f', text).expression).toMatchObject({ type: 'number', value, unit })
})

test.each([
  ['a + b * c', 'a + (b * c)'],
  ['a - b - c', '(a - b) - c'],
  ['a ^ b ^ c', 'a ^ (b ^ c)'],
  ['-a ^ b', '-(a ^ b)'],
  ['not a > b and c', '(not (a > b)) and c'],
  ['a or b and c', 'a or (b and c)'],
  ['x in a + 1..b * 2', 'x in ((a + 1)..(b * 2))'],
  ['a + b |> f()', '(a + b) |> f()'],
])('%s is %s', (text, meant) => {
  expect(bare(parseExpression('f', text).expression)).toEqual(bare(parseExpression('f', meant).expression))
})

test('documentation belongs to what is below it', () => {
  const text = '/// The file.\n\n/// A rate,\n/// explained.\nlet lr = 1\n\n// no documentation\nlet b = 2\n'
  const { program: tree } = parse('f', text)
  expect(tree.doc).toBe('The file.')
  expect(tree.declarations.map((declaration) => declaration.doc)).toEqual(['A rate,\nexplained.', undefined])
})
