/** Elaborating any architecture gives a model or diagnostics with spans in the text, and never throws. */

import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cases, elaborateText } from './elaborate-case.ts'

const models = readFileSync('stdlib/models.llmpipe', 'utf8')
const calls = `
model one = llama(vocab: 11, dim: 8, layers: 1, heads: 4, kv_heads: 2, context: 4)
model two = gpt2(vocab: 11, dim: 8, layers: 1, heads: 2, context: 4, dropout: 0.1)
`
const texts = [
  models + calls,
  ...readdirSync(cases)
    .filter((file) => file.endsWith('.llmpipe') && !file.startsWith('an-architecture-without-end'))
    .map((file) => readFileSync(`${cases}/${file}`, 'utf8')),
]

function check(text: string): void {
  const { diagnostics, program } = elaborateText(text)
  for (const { span } of diagnostics) {
    expect(span.start).toBeLessThanOrEqual(span.end)
    if (!span.file.startsWith('std:')) expect(span.start).toBeLessThanOrEqual(text.length)
  }
  expect(program === undefined).toBe(diagnostics.some((diagnostic) => diagnostic.severity === 'error'))
}

test('a program with a piece cut out, put elsewhere, or written over by a number or another word of it', () => {
  const damaged = fc
    .record({ text: fc.constantFrom(...texts), at: fc.nat(), length: fc.nat(20), to: fc.nat(), how: fc.nat(3) })
    .map(({ text, at, length, to, how }) => {
      const words = [...text.matchAll(/[\w.]+/g)]
      const word = words[at % words.length]!
      const other = words[to % words.length]![0]
      if (how === 0) return text.slice(0, word.index) + other + text.slice(word.index + word[0].length)
      if (how === 1) return `${text.slice(0, word.index)}${to % 4}${text.slice(word.index + word[0].length)}`
      const start = at % (text.length + 1)
      const rest = text.slice(0, start) + text.slice(start + length)
      const there = to % (rest.length + 1)
      return how === 2 ? rest : rest.slice(0, there) + text.slice(start, start + length) + rest.slice(there)
    })
  fc.assert(fc.property(damaged, check), { numRuns: 300 })
})
