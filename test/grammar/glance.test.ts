/** Names found without a parser are those that the parser finds. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { glance } from '../../grammar/glance.ts'
import { parse } from '../../grammar/parse.ts'
import { namesOf, placed } from '../../src/language/1-resolve/module.ts'

const programsIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.llmpipe') && !path.includes('node_modules'))
    .map((path) => join(folder, path))

/** The names in the syntax tree of a text; `undefined` if it has syntax errors. */
function parsed(text: string) {
  const { program, problems } = parse('p.llmpipe', text)
  if (problems.length > 0) return undefined
  const all = placed(program.declarations).map(({ declaration }) => declaration)
  const named = (type: string) =>
    all.filter((each) => each.type === type).flatMap((each) => namesOf(each).map(({ name }) => name))
  const uses = all.flatMap((each) => (each.type === 'use' && each.source.type === 'file' ? [each.source.path] : []))
  return { bound: named('binding'), params: named('param'), uses }
}

const readable = ['pipelines', 'stdlib', 'test', 'docs', 'trials', 'bench'].flatMap(programsIn).flatMap((path) => {
  const text = readFileSync(path, 'utf8')
  const tree = parsed(text)
  return tree === undefined ? [] : [{ path, text, tree }]
})

describe('the names of a text', () => {
  it('are those of its syntax tree, in every program of this repository', () => {
    expect(readable.length).toBeGreaterThan(200)
    for (const { path, text, tree } of readable) expect({ path, ...glance(text) }).toEqual({ path, ...tree })
  })

  it.each([
    [
      'the words of declarations in texts, comments and members',
      'data a = read("data b = c {1 + 2} stage d = e") // data f = g\nlet x = a.data\n',
    ],
    ['names with types of declarations', 'param data_dir = "x"\ndata train, held_out = d |> split(1)\n'],
    ['what tests bind', 'test "a {b}" { data c = texts("}")\n if true { data d = c } }\ndata e = texts("")\n'],
    [
      'groups',
      'for lr in [1, 2] { stage base = pretrain(m) { steps: 1 } }\nif a == b { tokenizer t = bytes() } else { tokenizer u = bytes() }\n',
    ],
    ['architectures', 'model gpt(dim = 3) = linear(dim)\nmodel small = gpt(dim: 4)\n'],
    ['raw strings', 'data a = x |> keep(where: matches(r"\\"data q = 1"))\ndata b = a\n'],
  ])('include or leave out %s as the parser does', (_, text) => {
    const tree = parsed(text)
    if (tree !== undefined) expect(glance(text)).toEqual(tree)
    expect(glance(text).bound.length).toBeGreaterThan(0)
  })

  it('are found behind a declaration that is not complete', () => {
    expect(glance('data prose = read(\nstage base = pretrain(\ntokenizer t').bound).toEqual(['prose', 'base'])
    expect(glance('data a = "no end\ndata b = a').bound).toEqual(['a', 'b'])
  })
})
