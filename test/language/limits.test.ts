/** Every limit of the compiler gives a message. Chains have no limit. */

import { expect, test } from 'vitest'
import { format } from '../../src/language/format/format.ts'
import { compileText } from './compile-case.ts'

const read = 'data d0 = read("a.txt")\n'

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n')
}

function codesOf(text: string): string[] {
  return [...new Set(compileText(text).diagnostics.map(({ code }) => code))]
}

/** Pseudorandom numbers from 0 up to `below`, the same in each run. */
function numbers(below: number, count: number): number[] {
  let at = 7
  return Array.from({ length: count }, () => {
    at = (Math.imul(at, 1_103_515_245) + 12_345) >>> 0
    return (at >>> 8) % below
  })
}

test.each([
  ['parentheses', `let a = ${'('.repeat(400)}1${')'.repeat(400)}`],
  ['open parentheses', `let a = ${'('.repeat(5000)}`],
  ['open lists', `let a = ${'['.repeat(5000)}`],
  ['`if`s', `let a = ${'if '.repeat(5000)}`],
  ['`not`s', `let a = ${'not '.repeat(5000)}true`],
  ['signs', `let a = ${'-'.repeat(5000)}1`],
  ['`for`s', lines(5000, (i) => `for x${i} in [1] {`).replaceAll('\n', ' ')],
  ['`else if`s', `let a = ${'if false { 1 } else '.repeat(5000)}{ 2 }`],
  ['sums', `let a = 1${' + 1'.repeat(5000)}`],
  ['powers', `let a = 1${' ^ 1'.repeat(5000)}`],
  ['members', `let a = b${'.c'.repeat(5000)}`],
  ['elements', `let a = [1]${'[0]'.repeat(5000)}`],
  ['holes', `let a = ${'"{('.repeat(200)}1${')}"'.repeat(200)}`],
])('%s that are nested too deeply end in E0117', (_, text) => {
  expect(codesOf(text)).toEqual(['E0117'])
  expect(format(text).diagnostics.map(({ code }) => code)).toEqual(['E0117'])
})

test.each([
  ['pipes', `${read}data e = d0 ${'|> dedup(exact) '.repeat(5000)}`, 5001],
  ['rules', `${read}data e = d0 ${'|> keep(words > 3) '.repeat(5000)}`, 5001],
  [
    'declarations from the last to the first',
    `${lines(3000, (i) => `data e${i} = e${i + 1} |> dedup(exact)`)}\ndata e3000 = read("a")`,
    3001,
  ],
  [
    'values from the last to the first',
    `${lines(3000, (i) => `let a${i} = a${i + 1}`)}\nlet a3000 = "a.txt"\ndata d = read(a0)`,
    1,
  ],
])('a chain of %s may be as long as one likes', (_, text, calls) => {
  const { program, diagnostics } = compileText(text)
  expect(diagnostics).toEqual([])
  expect(program?.calls).toHaveLength(calls)
  const { text: formatted } = format(text)
  expect(format(formatted ?? '').text).toBe(formatted)
})

test('values that double at each level end in a message', () => {
  const doubling = (levels: number) =>
    `op f0(docs) = concat(docs, docs)\n${lines(levels, (i) => `op f${i + 1}(docs) = concat(f${i}(docs), f${i}(docs))`)}\n`
  expect(compileText(`${read}${doubling(9)}data e = f9(d0)`).program?.calls).toHaveLength(1024)
  expect(codesOf(`${read}${doubling(40)}data e = f40(d0)`)).toEqual(['E0323'])
  const sums = lines(40, (i) => `op g${i + 1}(x) = g${i}(x) + g${i}(x)`)
  expect(codesOf(`op g0(x) = x + x\n${sums}\nlet e = g40(1)\ndata d = read("{e}")`)).toEqual(['E0322'])
})

test('an operation with very many outputs gets an error about its shares', () => {
  const names = lines(5000, (i) => `x${i},`)
  expect(codesOf(`${read}data ${names} y = d0 |> split(50%, 50%)`)).toEqual(['E0407'])
})

test('a text that is not a program is rejected soon', () => {
  expect(codesOf(`let a = "${'x'.repeat(9e6)}"`)).toEqual(['E0118'])
  const bytes = Buffer.from(numbers(256, 2e5)).toString('utf8')
  expect(codesOf(bytes)).toEqual(['E0116'])
  const printed = numbers(95, 3e5).map((code, i) => (i % 60 === 0 ? '\n' : String.fromCharCode(32 + code)))
  expect(compileText(printed.join('')).diagnostics.length).toBeGreaterThan(20)
  expect(codesOf(`let a = ${'"{'.repeat(10_000)}`)).toEqual(['E0103'])
})

test('only the first of very many errors are collected', () => {
  const misspelt = compileText(lines(10_000, (i) => `dta x${i} = read("a")`)).diagnostics
  expect(misspelt).toHaveLength(101)
  expect(misspelt.at(-1)?.code).toBe('E0119')
  expect(compileText(lines(10_000, (i) => `let x${i} = unknwn${i}`)).diagnostics).toHaveLength(200)
  expect(
    compileText(`${read}${lines(10_000, (i) => `data x${i} = d0 |> dedup(methd: exact)`)}`).diagnostics,
  ).toHaveLength(200)
})
