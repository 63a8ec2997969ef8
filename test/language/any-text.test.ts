/** Compiling any text gives diagnostics with spans in the text, and never throws. */

import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatProgram } from '../../src/language/format/format.ts'
import { program } from '../grammar/arbitrary.ts'
import { cases, compileText } from './compile-case.ts'

const texts = readdirSync(cases)
  .filter((file) => file.endsWith('.llmpipe'))
  .map((file) => readFileSync(`${cases}/${file}`, 'utf8'))

function check(text: string): void {
  const { diagnostics, program: compiled } = compileText(text)
  for (const { span } of diagnostics) {
    if (span.file !== `${cases}/random.llmpipe`) continue
    expect(span.start).toBeLessThanOrEqual(text.length)
    expect(span.start).toBeLessThanOrEqual(span.end)
  }
  expect(compiled === undefined).toBe(diagnostics.some((diagnostic) => diagnostic.severity === 'error'))
}

test('a program with a piece cut out, or put elsewhere', () => {
  const damaged = fc
    .record({ text: fc.constantFrom(...texts), at: fc.nat(), length: fc.nat(30), to: fc.option(fc.nat()) })
    .map(({ text, at, length, to }) => {
      const start = at % (text.length + 1)
      const rest = text.slice(0, start) + text.slice(start + length)
      const there = to === null ? 0 : to % (rest.length + 1)
      return to === null ? rest : rest.slice(0, there) + text.slice(start, start + length) + rest.slice(there)
    })
  fc.assert(fc.property(damaged, check), { numRuns: 1500 })
})

test('a random program', () => {
  fc.assert(
    fc.property(program, (tree) => check(formatProgram(tree, ''))),
    { numRuns: 150 },
  )
})
