/** The grammar for tree-sitter reads every program as the parser of the language does: the same tokens, and the same tree. */

import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Tree } from 'web-tree-sitter'
import { parse, tokenize } from '../../../grammar/parse.ts'
import { isKeyword } from '../../../grammar/tokens.ts'
import { formatProgram } from '../../../src/language/format/format.ts'
import { bare, program } from '../../grammar/arbitrary.ts'
import { errorsIn, type Leaf, leavesOf, loadLanguage, parserOf } from './language.ts'
import { declarationsOf } from './tree.ts'

let read: (text: string) => Tree
beforeAll(async () => {
  read = parserOf(await loadLanguage())
})

const programsIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.llmpipe'))
    .map((name) => `${folder}/${name}`)
const files = [
  'pipelines',
  'stdlib',
  'test/language/cases',
  'test/language/format',
  'test/language/3-elaborate/cases',
  'test/grammar/golden',
  'test/grammar/highlighting',
].flatMap(programsIn)
const parsed = files.map((file) => {
  const text = readFileSync(file, 'utf8')
  return { file, text, ...parse(file, text) }
})
const right = parsed.filter(({ problems }) => problems.length === 0)
const broken = parsed.filter(({ problems }) => problems.length > 0)

/** A tree of the language without spans and without documentation, which is in comments. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(bare(value), (name, each) => (name === 'doc' ? undefined : each)))
}

/** The kind of a token in both grammars: what it is, and not where it stands. */
function kindOf({ type, text }: Leaf, before: string | undefined, behind: string | undefined): string {
  if (type === 'string' || type === 'raw_string' || type === 'number') return type
  // A keyword that is the name of an argument or a member is a name.
  if (type === 'identifier' || behind === ':' || before === '.') return 'name'
  // The type of a parameter can have any name.
  if (before === ':' && [',', ')', '='].includes(behind ?? '') && isKeyword(text)) return 'name'
  return text
}

function kinds(leaves: readonly Leaf[]): string[] {
  return leaves.map((leaf, i) => `${leaf.start} ${kindOf(leaf, leaves[i - 1]?.text, leaves[i + 1]?.text)} ${leaf.text}`)
}

const types: Readonly<Record<string, string>> = {
  Text: 'string',
  RawText: 'raw_string',
  Number: 'number',
  Identifier: 'identifier',
}

test('there are programs of all sorts', () => {
  expect(right.length).toBeGreaterThan(300)
  expect(broken.length).toBeGreaterThan(50)
})

describe.each(right)('$file', ({ file, text, program: tree }) => {
  test('has no errors, and the tree and the tokens of the language', () => {
    const { rootNode } = read(text)
    expect(errorsIn(rootNode)).toEqual([])
    expect(declarationsOf(rootNode)).toEqual(plain(tree.declarations))
    const { tokens, comments } = tokenize(file, text, 0)
    const isComment = ({ type }: Leaf) => type === 'comment' || type === 'doc_comment'
    const leaves = leavesOf(rootNode)
    const expected = tokens.map(({ tokenType, image, startOffset }) => {
      const isName = tokenType.name === 'Test' && !/^\s*"/.test(text.slice(startOffset + 4))
      return { type: isName ? 'identifier' : (types[tokenType.name] ?? image), text: image, start: startOffset }
    })
    expect(kinds(leaves.filter((leaf) => !isComment(leaf)))).toEqual(kinds(expected))
    expect(leaves.filter(isComment).map((each) => each.text)).toEqual(comments.map((each) => each.text))
  })
})

/** Programs that only the parser of the language refuses, for reasons that a grammar cannot say. */
const lenient: ReadonlySet<string> = new Set(
  ['slip-a-comma-in-a-number', 'slip-a-file-in-another-encoding', 'slip-brackets-without-end'].map(
    (name) => `test/language/cases/${name}.llmpipe`,
  ),
)

test.each(broken)('$file has errors in both grammars', ({ file, text }) => {
  expect(read(text).rootNode.hasError).toBe(!lenient.has(file))
})

test('random programs have the same tree', () => {
  fc.assert(
    fc.property(program, (tree) => {
      const text = formatProgram(tree, '')
      const { rootNode } = read(text)
      expect(errorsIn(rootNode), text).toEqual([])
      expect(declarationsOf(rootNode), text).toEqual(plain(parse(tree.file, text).program.declarations))
    }),
    { numRuns: 500 },
  )
})

test('a program that is cut off anywhere is read again as it was after the rest is typed', () => {
  const text = readFileSync('pipelines/sweep.llmpipe', 'utf8')
  const whole = read(text).rootNode.toString()
  for (let at = 0; at < text.length; at += 37) {
    const cut = read(text.slice(0, at)).rootNode
    expect(cut.endIndex).toBeLessThanOrEqual(at)
    expect(read(text).rootNode.toString()).toBe(whole)
  }
})

test('a keyword cannot be a name', () => {
  for (const word of ['let', 'data', 'if', 'true', 'in', 'to'].filter(isKeyword))
    expect(read(`let ${word} = 3\n`).rootNode.hasError, word).toBe(true)
})
