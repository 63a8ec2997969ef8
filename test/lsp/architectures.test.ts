/** Shapes in the bodies of blocks and architectures, lenses of nested stages, and errors inside packages. */

import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CodeLens, Hover, InlayHint } from 'vscode-languageserver'
import { uriOf } from '../../src/lsp/uris.ts'
import { type Client, project, startClient } from './client.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'architectures-')))
let client: Client
beforeAll(async () => {
  client = await startClient({ roots: [folder] })
})
afterAll(() => client.connection.dispose())

const own = `block mlp(x, hidden) {
  up = linear(x, hidden)
  a, b = split(up, 2)
  linear(silu(a) * b, 16)
}
model small(vocab, context) {
  x = embedding(tokens, vocab, 16)
  repeat 2 as i {
    x = x + mlp(x, 32 + 32 * i)
  }
  linear(x, vocab)
}
model one = small(vocab: 300, context: 8)
data a = read("a.txt")
`

const hintsOf = async (uri: string) => {
  const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } }
  const hints = await client.request<InlayHint[]>('textDocument/inlayHint', { textDocument: { uri }, range })
  return hints.map(({ position, label }) => {
    const line = client.document(uri).getText().split('\n')[position.line]!
    return `${/\w+$/.exec(line.slice(0, position.character))?.[0]}${label}`
  })
}

test('names in bodies have the shapes of their tensors', async () => {
  const uri = uriOf(join(folder, 'own.llmpipe'))
  await client.open(uri, own)
  expect(await hintsOf(uri)).toEqual([
    'x: [batch, time, 16]',
    'up: [batch, time, 32] or [batch, time, 64]',
    'a: [batch, time, 16] or [batch, time, 32]',
    'b: [batch, time, 16] or [batch, time, 32]',
    'x: [batch, time, 16]',
    'x: [batch, time, 16]',
    expect.stringMatching(/^one: [\d,]+ parameters$/),
  ])
  const hover = await client.at<Hover>('textDocument/hover', uri, '  u|p = linear')
  expect((hover.contents as { value: string }).value).toContain('Shape: `[batch, time, 32]` or `[batch, time, 64]`')
})

test('an architecture with an error has the shapes in front of it, and one that nothing calls has none', async () => {
  const uri = uriOf(join(folder, 'broken.llmpipe'))
  await client.open(uri, own.replace('silu(a) * b, 16', 'silu(a) * up, 16'))
  expect(await hintsOf(uri)).toContain('up: [batch, time, 32]')
  await client.change(uri, own.replace('model one = small(vocab: 300, context: 8)\n', ''))
  expect(await hintsOf(uri)).toEqual([])
})

test('stages in a for and in an if have lenses, and so have tests', async () => {
  const uri = uriOf(join(folder, 'nested.llmpipe'))
  const text = `param big = true
data a = read("a.txt")
for n in [1, 2] {
  data some = a |> sample(n)
}
if big {
  data more = a |> sample(3)
}
test "lines" {
  expect 1 < 2
}
`
  await client.open(uri, text)
  const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } })
  const shown = lenses.map(
    ({ range, command }) => `${range.start.line} ${command?.title} ${command?.arguments?.[1] ?? ''}`,
  )
  expect(shown).toEqual(
    expect.arrayContaining(['0 Run all ', '1 Run a', '3 Run some', '3 Why some', '6 Show more', '8 Run the tests ']),
  )
})

test('an error inside a package is shown at the call of the user', async () => {
  project(folder, {
    'package-lock.json': JSON.stringify({
      packages: { 'node_modules/nets': { version: '1.0.0', integrity: 'sha512-x' } },
    }),
    'node_modules/nets/package.json': '{ "name": "nets", "version": "1.0.0" }',
    'node_modules/nets/index.llmpipe':
      'model odd(vocab, context, dim) {\n  x = embedding(tokens, vocab, dim)\n  y = weight(7)\n  linear(x + y, vocab)\n}\n',
  })
  const uri = uriOf(join(folder, 'user.llmpipe'))
  const text = 'use "npm:nets" { odd }\nmodel m = odd(vocab: 30, context: 8, dim: 16)\ndata a = read("a.txt")\n'
  const shown = (await client.open(uri, text)).filter(({ severity }) => severity === 1)
  expect(shown).toHaveLength(1)
  expect(shown[0]!.range.start.line).toBe(1)
  const related = shown[0]!.relatedInformation?.map(({ location }) => location.uri)
  expect(related).toContain(uriOf(join(folder, 'node_modules/nets/index.llmpipe')))
})
