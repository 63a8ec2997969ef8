/** A change of comments and white space only moves the spans of a plan; any other change is recognized as such. */

import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tokenize } from '../../grammar/parse.ts'
import { commonPieces } from '../../grammar/trivia.ts'
import { movedPlan } from '../../src/plan/moved.ts'
import { planOf } from './rig.ts'

const file = 'program.llmpipe'
const folder = 'test/plan/golden'
const programs = readdirSync(folder)
  .filter((name) => name.endsWith('.llmpipe'))
  .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))

/** Texts between tokens with and without a line end. */
const lineEnds = ['\n', '\r\n', '\n\n  ', ' // so\n', ' \n// "half\n\t', '\n/// r"\n', '//\n', '\u00a0\n']
const blanks = [' ', '   ', '\t', '\u00a0']

/** A text with other white space and comments between the same tokens. */
function otherwise(text: string, choices: readonly number[]): string {
  const pieces = commonPieces(text, text)!
  let made = ''
  let at = 0
  for (const [i, { before, length }] of pieces.entries()) {
    const choice = choices[i % choices.length]!
    const among = /[\r\n]/.test(text.slice(at, before)) ? lineEnds : blanks
    // Tokens that touch still touch; the text may begin with anything.
    if (before > at || i === 0) made += i === 0 && choice % 3 > 0 ? '' : among[choice % among.length]
    made += text.slice(before, before + length)
    at = before + length
  }
  return made + lineEnds[(choices[0] ?? 0) % lineEnds.length]
}

const choices = fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 })

describe.each(programs)('of %#', (program) => {
  const plan = planOf(program)

  test('a moved plan equals the compiled one', () => {
    fc.assert(
      fc.property(choices, (given) => {
        const now = otherwise(program, given)
        expect(movedPlan(plan, new Map([[file, { before: program, now }]]))).toEqual(planOf(now))
      }),
      { numRuns: 30 },
    )
  })

  test('texts with common pieces have the same tokens, on lines that end at the same ones', () => {
    const scraps = [
      '',
      ' ',
      '\n',
      '/',
      '//',
      '"',
      'r',
      'r"',
      '\\',
      '{',
      '.',
      '1',
      'a',
      '|',
      '>',
      '#',
      "'",
      '\r',
      ',',
      '-',
    ]
    const edit = fc.record({ at: fc.nat(program.length), without: fc.nat(3), scrap: fc.constantFrom(...scraps) })
    fc.assert(
      fc.property(edit, fc.array(edit, { maxLength: 2 }), (first, more) => {
        let now = program
        for (const { at, without, scrap } of [first, ...more]) now = now.slice(0, at) + scrap + now.slice(at + without)
        const pieces = commonPieces(program, now)
        if (pieces !== undefined) expect(tokensOf(now)).toEqual(tokensOf(program))
      }),
      { numRuns: 2000 },
    )
  })
})

/** The tokens of a text, each with whether a line ends behind it. */
function tokensOf(text: string) {
  const { tokens, problems } = tokenize(file, text, 0)
  return {
    problems,
    tokens: tokens.map(({ image, tokenType }) => [image, tokenType.name]),
    ends: tokens.slice(1).map(({ startLine }, i) => startLine !== tokens[i]!.endLine),
  }
}

test('other changes than comments and white space are compiled', () => {
  const before = 'data a = read("a // b") |> keep(where: words > 1) // all\n'
  for (const now of [
    before.replace('> 1', '> 2'),
    before.replace('words > 1', 'words>1'),
    before.replace('a // b', 'a  // b'),
    before.replace('read(', 'read ('),
    before.replace(' // all', ''),
    before.replace(' |>', '\n|>'),
    before.replace('"a // b"', '"a // b" // "'),
    `${before}data b = a\n`,
    before.slice(0, -8),
  ]) {
    const isSame = tokensOf(before).tokens.join() === tokensOf(now).tokens.join()
    const moved = commonPieces(before, now)
    if (!isSame) expect(moved, now).toBeUndefined()
  }
  expect(commonPieces(before, before.replace(' // all', ''))).toHaveLength(9)
  expect(commonPieces(before, before.replace('read(', 'read ('))).toBeUndefined()
  expect(commonPieces(before, before.replace(' |>', '\n|>'))).toBeUndefined()
})
