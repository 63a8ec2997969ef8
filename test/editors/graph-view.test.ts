/** The view of the graph of the extension for VS Code, with the real language server and without VS Code around it. */

import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uriOf } from '../../src/lsp/uris.ts'
import { type Client, project, startClient } from '../lsp/client.ts'

const text = `data prose = read("a.txt", split: lines)
data long = prose |> keep(where: words >= 3)
tokenizer bpe = bytes()
data toks = long |> encode(bpe)
`
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'graph-view-')))
const uri = uriOf(join(folder, 'p.llmpipe'))

interface Item {
  readonly label: string
  readonly description?: string
  readonly contextValue?: string
  readonly iconPath?: { readonly id: string }
  readonly command?: { readonly arguments: readonly [{ readonly text: string }, { readonly selection: unknown }] }
}

interface View {
  refresh(): Promise<void>
  getChildren(row?: unknown): unknown[]
  getTreeItem(row: unknown): Item
  dispose(): void
}

/** As much of VS Code as the view uses. `tree`: what it shows around the rows. */
function fakeVscode(tree: { visible: boolean; message?: string; description?: string }) {
  const nothing = { dispose() {} }
  const listen = () => nothing
  class Plain {
    readonly values: readonly unknown[]
    constructor(...values: unknown[]) {
      this.values = values
    }
  }
  return {
    EventEmitter: class {
      event = listen
      fire() {}
      dispose() {}
    },
    TreeItem: class {
      label: string
      constructor(label: string) {
        this.label = label
      }
    },
    TreeItemCollapsibleState: { Collapsed: 1 },
    ThemeIcon: class {
      id: string
      constructor(id: string) {
        this.id = id
      }
    },
    ThemeColor: Plain,
    Position: Plain,
    Range: Plain,
    Uri: { parse: (named: string) => ({ text: named, toString: () => named }) },
    window: {
      activeTextEditor: { document: { languageId: 'llmpipe', uri: { toString: () => uri } } },
      createTreeView: () => Object.assign(tree, { onDidChangeVisibility: listen, dispose() {} }),
      onDidChangeActiveTextEditor: listen,
    },
    workspace: { onDidChangeTextDocument: listen, asRelativePath: () => 'p.llmpipe' },
  }
}

/** Machines that do much else answer late. */
const patient = { timeout: 30_000 }
const tree: { visible: boolean; message?: string; description?: string } = { visible: true }
let client: Client
let view: View
beforeAll(async () => {
  project(folder, { 'p.llmpipe': text, 'a.txt': 'One line of text.\n' })
  client = await startClient({ roots: [folder] })
  await client.open(uri, text)
  const bundle = await build({
    entryPoints: ['editors/vscode/src/graph-view.mts'],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    external: ['vscode'],
  })
  const module = {
    exports: {} as { GraphView: new (ask: (method: string, params: object) => Promise<unknown>) => View },
  }
  const vscode = fakeVscode(tree)
  new Function('require', 'module', 'exports', bundle.outputFiles[0]!.text)(() => vscode, module, module.exports)
  view = new module.exports.GraphView((method, params) => client.request(method, params))
})
afterAll(() => {
  view.dispose()
  client.connection.dispose()
})

test('the stages of the program are rows with kind, state and place', async () => {
  await expect.poll(() => view.getChildren().length, patient).toBe(4)
  const items = view.getChildren().map((row) => view.getTreeItem(row))
  expect(items.map(({ label, description }) => [label, description])).toEqual([
    ['prose', 'documents · to run'],
    ['long', 'documents · to run'],
    ['bpe', 'bytes · to run'],
    ['toks', 'encode · to run'],
  ])
  expect(items[3]).toMatchObject({ contextValue: 'stage', iconPath: { id: 'circle-outline' } })
  const [target, { selection }] = items[3]!.command!.arguments
  expect(target.text).toBe(uri)
  expect(JSON.stringify(selection)).toContain('"values":[3,')
  expect(tree.description).toBe('p.llmpipe')
})

test('a row has lines for why it runs and for the stages that it takes from', () => {
  const rows = view.getChildren()
  const lines = view.getChildren(rows[3]).map((row) => view.getTreeItem(row))
  expect(lines.map(({ label, description }) => [label, description])).toEqual([
    ['to run', 'first run'],
    ['takes from', 'long'],
    ['takes from', 'bpe'],
  ])
  expect(lines[1]!.command!.arguments[0].text).toBe(uri)
})

test('a program with errors keeps the last graph, and says so', async () => {
  await client.change(uri, text.replace('bytes()', 'byts()'))
  await view.refresh()
  await expect
    .poll(() => tree.message, patient)
    .toBe('The program has 1 error. The graph is that of the last version without.')
  expect(view.getChildren()).toHaveLength(4)
  await client.change(uri, text)
  await view.refresh()
  await expect.poll(() => tree.message, patient).toBe('')
})

test('a view that is not visible asks for nothing', async () => {
  tree.visible = false
  await client.change(uri, `${text}data few = long |> sample(1)\n`)
  await view.refresh()
  expect(view.getChildren()).toHaveLength(4)
  tree.visible = true
  await expect.poll(() => view.getChildren().length, patient).toBe(5)
})
