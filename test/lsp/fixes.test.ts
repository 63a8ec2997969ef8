/** Quick fixes: each removes its error, and they are offered in the editor. */

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { CodeAction } from 'vscode-languageserver'
import { parse } from '../../grammar/parse.ts'
import { mendsFor } from '../../src/lsp/features/fixes.ts'
import { importOf } from '../../src/lsp/imports.ts'
import { cases, compileText } from '../language/compile-case.ts'
import { startClient } from './client.ts'

const programs = readdirSync(cases).filter((name) => name.endsWith('.llmpipe') && !name.endsWith('.right.llmpipe'))

test('every fix of a case removes its error', () => {
  const wrong: string[] = []
  let fixes = 0
  for (const name of programs) {
    const text = readFileSync(`${cases}/${name}`, 'utf8')
    const { diagnostics, sources } = compileText(text)
    const [file] = sources.keys()
    for (const { code, fix, span } of diagnostics) {
      if (fix?.type !== 'replace' || span.file !== file) continue
      fixes++
      const { start, end } = fix.span ?? span
      const fixed = compileText(text.slice(0, start) + fix.text + text.slice(end))
      const remains = fixed.diagnostics.some((each) => each.code === code && each.span.start === span.start)
      if (remains) wrong.push(`${name}: ${code} remains with ${fix.text}`)
    }
  }
  expect(wrong).toEqual([])
  expect(fixes).toBeGreaterThan(20)
})

test('what the help of a diagnostic says is offered as an edit, and removes the diagnostic', () => {
  const wrong: string[] = []
  const codes = new Set<string>()
  let mends = 0
  for (const name of programs) {
    const text = readFileSync(`${cases}/${name}`, 'utf8')
    const { diagnostics, sources } = compileText(text)
    const [file = ''] = sources.keys()
    const count = (list: typeof diagnostics, of: string) => list.filter(({ code }) => code === of).length
    for (const diagnostic of diagnostics) {
      const { code, fix, span } = diagnostic
      if (fix !== undefined || span.file !== file) continue
      for (const { replacements } of mendsFor(diagnostic, text, parse(file, text).program)) {
        mends++
        codes.add(code)
        const fixed = [...replacements]
          .sort((a, b) => b.start - a.start)
          .reduce((before, { start, end, text: added }) => before.slice(0, start) + added + before.slice(end), text)
        const after = compileText(fixed).diagnostics
        // In a chain of the same mistake, the next link is reported.
        const isChain = /^slip-(?:methods-in-a-chain|settings-with-equals)/.test(name)
        if (!isChain && count(after, code) >= count(diagnostics, code))
          wrong.push(`${name}: ${code} remains in ${fixed}`)
      }
    }
  }
  expect(wrong).toEqual([])
  expect(mends).toBeGreaterThan(50)
  expect(codes.size).toBeGreaterThan(20)
})

test('the edits of the help keep the rest of the program', () => {
  const mended = (text: string) => {
    const { diagnostics, sources } = compileText(text)
    const [file = ''] = sources.keys()
    const [first] = diagnostics.flatMap((each) => mendsFor(each, text, parse(file, text).program))
    return [...(first?.replacements ?? [])]
      .sort((a, b) => b.start - a.start)
      .reduce((before, { start, end, text: added }) => before.slice(0, start) + added + before.slice(end), text)
  }
  const program = 'data a = tidy(read("x"))\n'
  expect(mended(`use std.clean { tidy, tidy as other }\n${program}`)).toBe(`use std.clean { tidy }\n${program}`)
  expect(mended('use std.clean { tidy }\ndata a = read("x")\n')).toBe('data a = read("x")\n')
  expect(mended('/// About.\nlet unused = 3\ndata a = read("x")\n')).toBe('data a = read("x")\n')
  expect(mended('data a = read("x", paths: "y", format: text)\n')).toBe('data a = read("x", format: text)\n')
  expect(mended('data a = read("x").keep(where: words > 3)\n')).toBe('data a = read("x") |> keep(where: words > 3)\n')
  expect(mended('param steps: int = 3\ndata a = read("x") |> sample(steps)\n')).toContain('param steps = 3\n')
})

test('the editor offers to write a misspelled name as it is, and to import a name of a standard module', async () => {
  const client = await startClient()
  const uri = 'untitled:Untitled-1'
  const text = '/// About.\n\ndata a = read("x") |> tidy() |> keep(were: words > 3)\n'
  const diagnostics = await client.open(uri, text)
  const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
    textDocument: { uri },
    range: { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } },
    context: { diagnostics },
  })
  expect(actions.map(({ title }) => title).sort()).toEqual(['Import `tidy` from std.clean', 'Write `where`'])
  const texts = actions.map(({ edit }) => client.edited(uri, edit!.changes![uri]!))
  expect(texts).toContain(text.replace('were', 'where'))
  expect(texts).toContain(text.replace('data', 'use std.clean { tidy }\n\ndata'))
  expect(actions.every((each) => each.diagnostics?.length === 1)).toBe(true)
  client.connection.dispose()
})

test('an import joins one of the same module, follows the others, or begins the file', () => {
  const applied = (text: string) => {
    const { start, end, text: added } = importOf(text, 'std.clean', 'tidy')
    return text.slice(0, start) + added + text.slice(end)
  }
  expect(applied('use std.clean { fineweb }\n')).toBe('use std.clean { fineweb, tidy }\n')
  expect(applied('use std.clean {}\nlet a = 1\n')).toBe('use std.clean { tidy }\nlet a = 1\n')
  expect(applied('use std.models { llama }\r\nlet a = 1\r\n')).toBe(
    'use std.models { llama }\r\nuse std.clean { tidy }\r\nlet a = 1\r\n',
  )
  expect(applied('let a = 1\n')).toBe('use std.clean { tidy }\n\nlet a = 1\n')
})
