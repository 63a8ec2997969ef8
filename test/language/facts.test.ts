/** Facts about programs by span, as editors need them. */

import { expect, test } from 'vitest'
import { type Facts, factAt } from '../../src/language/facts.ts'
import { compileText } from './compile-case.ts'

const program = `use std.clean { tidy }

/// What people wrote.
data prose = read("a.txt") |> tidy()
filter long(least = 50) {
  words >= least
}
op twice(docs, how) = docs |> dedup(how) |> long(least: 10)
data clean = twice(prose, exact)
let sizes = [256, 512]
for size in sizes {
  tokenizer bpe = train_bpe(clean, vocab: size)
}
`

const compiled = compileText(program)
const file = compiled.program!.file

/** The offset of the \`index\`-th place in the program with \`text\`. */
function offsetOf(text: string, index = 0, source = program): number {
  let at = -1
  for (let i = 0; i <= index; i++) at = source.indexOf(text, at + 1)
  expect(at).toBeGreaterThan(-1)
  return at
}

/** The source text of the definition of a name at an offset, with the text before it on its line. */
function definitionOf({ references }: Facts, offset: number): string | undefined {
  const found = factAt(references, file, offset)
  if (found === undefined) return undefined
  const { file: where, start, end } = found.definition
  const text = compiled.sources.get(where)!
  return `${where.startsWith('std:') ? `${where} ` : ''}${text.slice(text.lastIndexOf('\n', start - 1) + 1, end)}`
}

test('the definition of a name that a declaration binds is its declaration', () => {
  expect(compiled.diagnostics).toEqual([])
  expect(definitionOf(compiled.facts, offsetOf('prose', 1))).toBe('data prose')
  expect(definitionOf(compiled.facts, offsetOf('twice', 1))).toBe('op twice')
})

test('the definition of an imported recipe is in its module, from the import and from a call', () => {
  expect(definitionOf(compiled.facts, offsetOf('tidy'))).toBe('std:clean op tidy')
  expect(definitionOf(compiled.facts, offsetOf('tidy', 1))).toBe('std:clean op tidy')
})

test('the definition of a parameter and of a variable of a for is where it is bound', () => {
  expect(definitionOf(compiled.facts, offsetOf('least', 1))).toBe('filter long(least')
  expect(definitionOf(compiled.facts, offsetOf('docs', 1))).toBe('op twice(docs')
  expect(definitionOf(compiled.facts, offsetOf('how', 1))).toBe('op twice(docs, how')
  expect(definitionOf(compiled.facts, offsetOf('size', 3))).toBe('for size')
})

test('every name that the program declares is a definition, with its documentation', () => {
  const { definitions } = compiled.facts
  const own = definitions.filter(({ span }) => span.file === file)
  expect(own.map(({ name, sort }) => `${name}: ${sort}`)).toEqual([
    'prose: data',
    'long: a filter',
    'least: a parameter of a filter',
    'twice: an operation',
    'docs: a parameter of an operation',
    'how: a parameter of an operation',
    'clean: data',
    'sizes: a value',
    'size: a variable of a `for`',
    'bpe: a tokenizer',
  ])
  expect(own[0]?.doc).toBe('What people wrote.')
  expect(definitions.find(({ name }) => name === 'tidy')?.doc).toBe('Tidies.')
})

test('an expression has the type of its value, and the setting that takes it', () => {
  const typeAt = (offset: number) => factAt(compiled.facts.types, file, offset)
  expect(typeAt(offsetOf('prose', 1))).toMatchObject({ type: 'documents (Docs)' })
  expect(typeAt(offsetOf('[256'))).toMatchObject({ type: 'a list', value: [256, 512] })
  expect(typeAt(offsetOf('512'))).toMatchObject({ type: 'a number', value: 512 })
  expect(typeAt(offsetOf('size', 3))).toMatchObject({ type: 'a number', setting: 'vocab' })
  expect(typeAt(offsetOf('how', 1))).toMatchObject({ type: 'one of exact, minhash', setting: 'method' })
})

test('a call has the parameters of its callee, and the parameter of each argument', () => {
  const call = factAt(compiled.facts.calls, file, offsetOf('vocab: size'))!
  expect(program.slice(call.at.start, call.at.end)).toBe('train_bpe')
  expect(call.parameters).toEqual(['docs', 'vocab', 'pattern', 'special'])
  const shown = call.arguments.map(({ span, parameter }) => `${parameter} = ${program.slice(span.start, span.end)}`)
  expect(shown).toEqual(['docs = clean', 'vocab = vocab: size'])
  const piped = factAt(compiled.facts.calls, file, offsetOf('long(least: 10'))!
  expect(piped.arguments).toMatchObject([{ parameter: 'least' }])
})

test('a program with errors has the facts of its other parts', () => {
  const wrong = `${program}data other = reed("b.txt")\ndata third = prose |> dedup(exact, treshold: 0.5)\nlet half = \n`
  const { facts, diagnostics, program: typed } = compileText(wrong)
  expect(typed).toBeUndefined()
  expect(diagnostics.map(({ code }) => code)).toEqual(['E0202', 'E0301', 'E0108'])
  expect(definitionOf(facts, offsetOf('prose', 2, wrong))).toBe('data prose')
  const call = factAt(facts.calls, file, offsetOf('dedup(exact', 0, wrong))!
  expect(call.arguments.map(({ parameter }) => parameter)).toEqual(['docs', 'method'])
  expect(factAt(facts.types, file, offsetOf('"b.txt"', 0, wrong))).toBeUndefined()
})

test('facts are in the order of the text', () => {
  for (const facts of [compiled.facts.references, compiled.facts.types, compiled.facts.calls]) {
    const starts = facts.filter(({ span }) => span.file === file).map(({ span }) => span.start)
    expect(starts).toEqual([...starts].sort((a, b) => a - b))
    expect(starts.length).toBeGreaterThan(4)
  }
})
