/** Messages: the generated functions are up to date, and diagnostics are rendered as text and as JSON. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isKeyword } from '../../grammar/tokens.ts'
import type { Diagnostic } from '../../src/core/diagnostic.ts'
import { renderDiagnostics, toJsonDiagnostics } from '../../src/language/messages/render.ts'

test('the functions and the reference are made of the documents as they are', () => {
  expect(() => execFileSync(process.execPath, ['scripts/messages.mjs', '--check'], { stdio: 'pipe' })).not.toThrow()
})

const text = 'let a = 1\nlet 名前 = b + c // and on\n'
const sources = new Map([['f.llmpipe', text]])
const at = (piece: string) => {
  const start = text.indexOf(piece)
  return { file: 'f.llmpipe', start, end: start + piece.length }
}
const diagnostic: Diagnostic = {
  code: 'E0201',
  severity: 'error',
  message: 'Nothing is called `b` here.',
  span: at('b'),
  label: 'unknown name',
  related: [{ span: at('a'), label: 'not this' }],
  help: 'Did you mean `a`?',
}

test('carets stand below what they mean, wide letters counted', () => {
  expect(renderDiagnostics([diagnostic], sources)).toBe(`error[E0201]: Nothing is called \`b\` here.
 --> f.llmpipe:2:10
  |
1 | let a = 1
  |     - not this
2 | let 名前 = b + c // and on
  |            ^ unknown name
  |
  = help: Did you mean \`a\`?

1 error
`)
})

test('color only adds escape sequences', () => {
  const colored = renderDiagnostics([diagnostic], sources, { color: true })
  expect(colored).toContain('\u001b[1;31merror[E0201]\u001b[0m')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes of a terminal are what is looked for.
  expect(colored.replace(/\u001b\[[\d;]*m/g, '')).toBe(renderDiagnostics([diagnostic], sources))
})

test('JSON counts lines and columns from 1', () => {
  expect(toJsonDiagnostics([diagnostic], sources)).toEqual({
    diagnostics: [
      {
        code: 'E0201',
        severity: 'error',
        message: 'Nothing is called `b` here.',
        file: 'f.llmpipe',
        line: 2,
        column: 10,
        endLine: 2,
        endColumn: 11,
        help: 'Did you mean `a`?',
      },
    ],
  })
})

test('a file that cannot be read is still named', () => {
  const span = { file: 'nowhere.llmpipe', start: 0, end: 0 }
  expect(renderDiagnostics([{ code: 'E0601', severity: 'error', message: 'There is no file.', span }], new Map())).toBe(
    'error[E0601]: There is no file.\n--> nowhere.llmpipe\n\n1 error\n'.replace('-->', ' -->'),
  )
})

test('the highlighting knows every keyword', () => {
  const grammar = readFileSync('grammar/llmpipe.tmLanguage.json', 'utf8')
  const words = new Set(grammar.match(/\b[a-z]+\b/g))
  const keywords = [...words].filter(isKeyword)
  expect(keywords.length).toBe(24)
})

test('control characters of a program are written out, and the carets still point at the right place', () => {
  const hostile = 'let a = "\u001b[2K\u202e" + b\n'
  const start = hostile.indexOf('b\n')
  const shown = renderDiagnostics(
    [
      {
        code: 'E0201',
        severity: 'error',
        message: 'Nothing is called `\u001b[1m`.',
        span: { file: 'a\u001b.llmpipe', start, end: start + 1 },
        label: '\u009b',
        help: 'a\u2028b',
      },
    ],
    new Map([['a\u001b.llmpipe', hostile]]),
  )
  expect(shown).toBe(`error[E0201]: Nothing is called \`\\u{1b}[1m\`.
 --> a\\u{1b}.llmpipe:1:19
  |
1 | let a = "\\u{1b}[2K\\u{202e}" + b
  |                               ^ \\u{9b}
  |
  = help: a\\u{2028}b

1 error
`)
})

test('the first of very many errors are shown, and all are counted', () => {
  const lines = 'x\n'.repeat(5000)
  const many: Diagnostic[] = Array.from({ length: 5000 }, (_, i) => ({
    code: i % 2 === 0 ? 'E0109' : 'W0212',
    severity: i % 2 === 0 ? 'error' : 'warning',
    message: 'No.',
    span: { file: 'f', start: i * 2, end: i * 2 + 1 },
  }))
  const shown = renderDiagnostics(many, new Map([['f', lines]]))
  expect(shown.match(/^error/gm)).toHaveLength(20)
  expect(shown.match(/^warning/gm)).toBeNull()
  expect(shown).toContain('2500 errors, 2500 warnings; the first 20 are shown\n')
})

test('only the visible part of a very long line is measured', () => {
  // Measuring the whole line for each column took a minute.
  const long = 'x'.repeat(4e7)
  const span = { file: 'f', start: 4e7 - 3, end: 4e7 }
  const shown = renderDiagnostics([{ ...diagnostic, related: [], span }], new Map([['f', long]]), { width: 60 })
  expect(shown).toMatch(/ …x+\n/)
})

test('a line of a megabyte is cut around its error', () => {
  const long = `let a = "${'x'.repeat(1e6)}" + b`
  const shown = renderDiagnostics(
    [{ ...diagnostic, span: { file: 'f', start: 1e6, end: 1e6 + 12 } }],
    new Map([['f', long]]),
    {
      width: 60,
    },
  )
  expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThan(80)
})
