/** The queries for Neovim, Helix and others: they fit the grammar, and each construct has its colors, folds and names. */

import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Language, type Node, Query, type QueryCapture, type Tree } from 'web-tree-sitter'
import { expectGolden } from '../../golden-text.ts'
import { folder, loadLanguage, parserOf } from './language.ts'

const constructs = 'test/grammar/highlighting/constructs.llmpipe'
const queries = [`${folder}/queries`, 'editors/helix/queries/llmpipe'].flatMap((each) =>
  readdirSync(each).map((name) => `${each}/${name}`),
)
const colors = queries.filter((path) => path.endsWith('highlights.scm'))

let language: Language
let tree: Tree
beforeAll(async () => {
  language = await loadLanguage()
  tree = parserOf(language)(readFileSync(constructs, 'utf8'))
})

const captures = (path: string): QueryCapture[] =>
  new Query(language, readFileSync(path, 'utf8')).captures(tree.rootNode)
const placeOf = ({ startIndex, endIndex }: Node) => `${startIndex}-${endIndex}`

test('the constructs have every node of the grammar', () => {
  const all: readonly { readonly type: string; readonly named: boolean; readonly subtypes?: unknown }[] = JSON.parse(
    readFileSync(`${folder}/src/node-types.json`, 'utf8'),
  )
  const found = new Set<string>()
  const walk = (node: Node) => {
    found.add(node.type)
    node.children.forEach(walk)
  }
  walk(tree.rootNode)
  const missing = all.filter(({ type, subtypes }) => subtypes === undefined && !found.has(type))
  expect(missing.map(({ type }) => type)).toEqual([])
})

test.each(queries)('%s fits the grammar, and finds something', (path) => {
  expect(captures(path).length).toBeGreaterThan(0)
})

describe.each(colors)('%s', (path) => {
  test('gives each construct its color', () => {
    const text = readFileSync(constructs, 'utf8')
    const found = captures(path)
    const lines = text.split('\n').map((line, row) => {
      const here = found.filter(({ node }) => node.startPosition.row === row)
      return [line, ...here.map(({ node, name }) => `    ${node.text.padEnd(24)} ${name}`)].join('\n')
    })
    const editor = path.includes('helix') ? 'helix' : 'neovim'
    expectGolden(`test/editors/tree-sitter/colors-${editor}.txt`, `${lines.join('\n').trimEnd()}\n`)
  })

  test('gives no node two colors', () => {
    const seen = new Map<string, string>()
    const twice: string[] = []
    for (const { node, name } of captures(path)) {
      const before = seen.get(placeOf(node))
      if (before !== undefined) twice.push(`${node.text}: ${before} and ${name}`)
      seen.set(placeOf(node), name)
    }
    expect(twice).toEqual([])
  })

  test('colors every keyword, number, text and operator', () => {
    const colored = new Set(captures(path).map(({ node }) => placeOf(node)))
    const plain = (node: Node): string[] => {
      if (colored.has(placeOf(node)) || node.type === 'identifier') return []
      return node.childCount === 0 ? [node.text] : node.children.flatMap(plain)
    }
    expect(plain(tree.rootNode).filter((text) => text.trim() !== '')).toEqual([])
  })
})

test('folds cover bodies, blocks and lists that span lines', () => {
  const folds = captures(`${folder}/queries/folds.scm`).filter(
    ({ node }) => node.endPosition.row > node.startPosition.row,
  )
  expect(folds.length).toBeGreaterThan(3)
})

test('every name that a declaration binds is a definition', () => {
  const defined = captures(`${folder}/queries/locals.scm`).filter(({ name }) => name === 'local.definition')
  const bound = new Query(language, '(binding_declaration name: (identifier) @name)').captures(tree.rootNode)
  const places = new Set(defined.map(({ node }) => placeOf(node)))
  expect(bound.filter(({ node }) => !places.has(placeOf(node)))).toEqual([])
})
