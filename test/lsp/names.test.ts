/** Names as the language server resolves them from the tree, compared with the facts that the compiler records. */

import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { languageServices } from '../../src/cli/program/language-services.ts'
import { standardModules } from '../../src/language/1-resolve/standard.ts'
import { compile } from '../../src/language/compile.ts'
import { uriOf } from '../../src/lsp/uris.ts'
import { Workspace } from '../../src/lsp/workspace.ts'

const folder = 'test/language/cases'
const rights = readdirSync(folder).filter((name) => name.endsWith('.right.llmpipe'))
const files = [
  ...['assistant', 'pretrain', 'sweep', 'shakespeare', 'mixture'].map((name) => `pipelines/${name}.llmpipe`),
  ...rights.map((name) => `${folder}/${name}`),
]

test('every reference that the compiler knows refers to the same definition', () => {
  const missing: string[] = []
  let references = 0
  const workspace = new Workspace(languageServices, standardModules)
  for (const file of files) {
    const path = resolve(file)
    const text = readFileSync(path, 'utf8')
    workspace.open(TextDocument.create(uriOf(path), 'llmpipe', 1, text))
    const { facts } = compile(path, {
      read: (at) => workspace.read(at),
      catalogue: languageServices.catalogue,
      elaborateModel: languageServices.elaborateModel,
      params: {},
    })
    const { occurrences = [] } = workspace.names(path) ?? {}
    for (const { span, name, definition } of facts.references) {
      if (span.file !== path) continue
      references++
      const found = occurrences.some(({ span: at, symbol }) => {
        const target = (symbol.original ?? symbol).span
        return at.start === span.start && target.file === definition.file && target.start === definition.start
      })
      if (!found) missing.push(`${file}: ${name} at ${span.start}`)
    }
    workspace.close(uriOf(path))
  }
  expect(missing).toEqual([])
  expect(references).toBeGreaterThan(200)
})

test('names are found where the compiler does not look: in branches that are not chosen and in operations that nothing calls', () => {
  const workspace = new Workspace(languageServices, standardModules)
  const path = '/project/a.llmpipe'
  const text = 'let a = 1\nlet b = if true { 2 } else { a }\nop unused(docs) = docs |> sample(a)\nlet c = "{a} {b}"\n'
  workspace.open(TextDocument.create(uriOf(path), 'llmpipe', 1, text))
  const own = workspace.names(path)!.occurrences.filter(({ symbol }) => symbol.name === 'a')
  expect(own.map(({ role, span }) => `${role} ${text.slice(span.start, span.end)}`)).toEqual([
    'definition a',
    'use a',
    'use a',
    'use a',
  ])
})

test('the holes of a template are fields of documents, and no names of the program', () => {
  const workspace = new Workspace(languageServices, standardModules)
  const path = '/project/a.llmpipe'
  const text =
    'let word = "x"\ndata p = read("a.jsonl") |> pair(prompt: "Define {word}.", response: "{word}")\nlet t = "{word}"\n'
  workspace.open(TextDocument.create(uriOf(path), 'llmpipe', 1, text))
  const uses = workspace.names(path)!.occurrences.filter(({ symbol, role }) => symbol.name === 'word' && role === 'use')
  expect(uses.map(({ span }) => span.start)).toEqual([text.lastIndexOf('word')])
})

test('the settings of an export use names in holes of texts, and bare words are choices', () => {
  const workspace = new Workspace(languageServices, standardModules)
  const path = '/project/a.llmpipe'
  const text =
    'let q = "float16"\nlet float16 = 1\nexport m to "out" as hf(dtype: "{q}")\nexport m to "b" as hf(dtype: float16)\n'
  workspace.open(TextDocument.create(uriOf(path), 'llmpipe', 1, text))
  const { occurrences, words } = workspace.names(path)!
  const uses = occurrences.filter(({ role }) => role === 'use').map(({ symbol, span }) => [symbol.name, span.start])
  expect(uses).toEqual([['q', text.lastIndexOf('q')]])
  expect(words.map(({ sort, name }) => `${sort} ${name}`)).toEqual(['setting dtype', 'setting dtype', 'choice float16'])
})
