/** Compares formatted programs with the `.formatted.txt` beside them. `UPDATE=1` writes these files. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { globSync } from 'tinyglobby'
import { describe, expect, test } from 'vitest'
import { parse } from '../../grammar/parse.ts'
import { format } from '../../src/language/format/format.ts'
import { bare } from '../grammar/arbitrary.ts'

const folder = 'test/language/format'
const sources = readdirSync(folder).filter((file) => file.endsWith('.llmpipe'))

describe('a program has one form', () => {
  test.each(sources)('%s', (file) => {
    const text = readFileSync(`${folder}/${file}`, 'utf8')
    const { text: formatted, diagnostics } = format(text)
    expect(diagnostics).toEqual([])
    const expected = `${folder}/${file.replace('.llmpipe', '.formatted.txt')}`
    if (process.env.UPDATE || !existsSync(expected)) writeFileSync(expected, formatted ?? '')
    expect(formatted).toBe(readFileSync(expected, 'utf8'))
  })
})

const everything = [
  ...sources.map((file) => `${folder}/${file}`),
  // A run in that folder leaves a store (`pipelines/.llmpipe`), which is not a program.
  ...globSync(['pipelines', 'stdlib', 'test/grammar/golden', 'test/language/cases'].map((path) => `${path}/*.llmpipe`)),
]

describe('formatting keeps the meaning and every comment, and formatting again changes nothing', () => {
  test.each(everything)('%s', (path) => {
    const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n')
    const { text: formatted } = format(text)
    const before = parse('f', text)
    if (formatted === undefined) return expect(before.problems).not.toEqual([])
    const after = parse('f', formatted)
    expect(bare(after.program.declarations)).toEqual(bare(before.program.declarations))
    expect(after.program.comments.map((comment) => comment.text)).toEqual(
      before.program.comments.map((comment) => comment.text),
    )
    expect(format(formatted).text).toBe(formatted)
  })
})

test('a file that cannot be parsed is not touched', () => {
  const { text, diagnostics } = format('data = 3')
  expect(text).toBeUndefined()
  expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual(['E0108'])
})

describe('the programs that come with llmpipe can be read', () => {
  const own = everything.filter((path) => path.startsWith('pipelines/') || path.startsWith('stdlib/'))
  test.each([...own, 'test/grammar/golden/assistant.llmpipe'])('%s', (path) => {
    expect(parse(path, readFileSync(path, 'utf8')).problems).toEqual([])
  })
})
