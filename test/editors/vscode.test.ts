/** The extension for VS Code: what the package contains, and that its parts fit the language. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { beforeAll, expect, test } from 'vitest'
import { parse } from '../../grammar/parse.ts'
import { declarationKeywords } from '../../grammar/tokens.ts'
import { lensCommands } from '../../src/lsp/features/code-lenses.ts'
import { graphMethod } from '../../src/lsp/features/graph.ts'

const folder = mkdtempSync(join(tmpdir(), 'vsix-'))
let files: Readonly<Record<string, Uint8Array>>
let bytes: Buffer

function pack(name: string): Buffer {
  const target = join(folder, name)
  execFileSync(process.execPath, ['scripts/vsix.mjs', target])
  return readFileSync(target)
}

beforeAll(() => {
  bytes = pack('a.vsix')
  files = unzipSync(bytes)
})

const text = (name: string) => strFromU8(files[name]!)

test('the package has the manifest, the bundled client, the grammar and the snippets, and is the same each time', () => {
  expect(Object.keys(files).sort()).toEqual([
    '[Content_Types].xml',
    'extension.vsixmanifest',
    'extension/LICENSE.txt',
    'extension/dist/extension.js',
    'extension/language-configuration.json',
    'extension/llmpipe.tmLanguage.json',
    'extension/package.json',
    'extension/readme.md',
    'extension/snippets/llmpipe.json',
  ])
  expect(bytes.length).toBeLessThan(500_000)
  expect(pack('b.vsix').equals(bytes)).toBe(true)
  expect(text('extension.vsixmanifest')).toContain('Id="llmpipe" Version="0.1.0" Publisher="llmpipe"')
})

test('every file that the manifest names is in the package', () => {
  const { main, contributes } = JSON.parse(text('extension/package.json'))
  const named = [main, ...contributes.grammars, ...contributes.snippets, ...contributes.languages]
    .map((each: string | { path?: string; configuration?: string }) =>
      typeof each === 'string' ? each : (each.path ?? each.configuration),
    )
    .map((path?: string) => `extension/${path?.replace('./', '')}`)
  for (const path of named) expect(Object.keys(files)).toContain(path)
  for (const [, path] of text('extension.vsixmanifest').matchAll(/Path="([^"]+)"/g))
    expect(Object.keys(files)).toContain(path)
})

test('the client starts the server, and knows the commands of the lenses', () => {
  const { contributes } = JSON.parse(text('extension/package.json'))
  const commands = contributes.commands.map(({ command }: { command: string }) => command)
  const code = text('extension/dist/extension.js')
  for (const command of Object.values(lensCommands)) {
    expect(commands).toContain(command)
    expect(code).toContain(`"${command}"`)
  }
  expect(contributes.taskDefinitions[0].properties.command.enum).toContain('test')
  expect(contributes.views.explorer.map(({ id }: { id: string }) => id)).toEqual(['llmpipe.graph'])
  expect(code).toContain('"llmpipe.graph"')
  expect(code).toContain(`"${graphMethod}"`)
  expect(code).toMatch(/args:\["lsp"\]/)
  expect(code).toContain('require("vscode")')
})

test('the snippets are programs without syntax errors', () => {
  const snippets: Record<string, { body: string[] }> = JSON.parse(text('extension/snippets/llmpipe.json'))
  for (const [name, { body }] of Object.entries(snippets)) {
    const filled = body
      .join('\n')
      .replaceAll(/\$\{\d+:((?:[^\\}]|\\.)*)\}/g, (_, inside: string) => inside.replaceAll('\\}', '}'))
      .replaceAll(/\$\d/g, '')
    expect(parse(name, filled).problems, name).toEqual([])
  }
})

test('the configuration of the language indents, closes and comments as the language does', () => {
  const { comments, wordPattern } = JSON.parse(text('extension/language-configuration.json'))
  expect(comments.lineComment).toBe('//')
  for (const { PATTERN } of declarationKeywords) expect(String(PATTERN)).toMatch(new RegExp(`^${wordPattern}$`))
})
