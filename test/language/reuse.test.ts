/** A program that is compiled again after an edit is the one that compiling from nothing gives: diagnostics, facts and the program. */

import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Parsed, parse } from '../../grammar/parse.ts'
import { reparse } from '../../grammar/reparse.ts'
import { languageServices } from '../../src/cli/program/language-services.ts'
import type { CheckMemory } from '../../src/language/2-check/reuse.ts'
import { type Compiled, compile } from '../../src/language/compile.ts'
import { rememberedModels } from '../../src/lsp/models.ts'

const { catalogue, readSource, parsedSource, elaborateModel } = languageServices
const inFolder = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.llmpipe'))
    .map((name) => `${folder}/${name}`)
const programs = [...inFolder('pipelines'), ...inFolder('test/language/cases')]

type Files = ReadonlyMap<string, string>

function compileWith(
  entry: string,
  files: Files,
  parsed: (file: string, text: string) => Parsed,
  memory?: CheckMemory,
) {
  return compile(entry, {
    read: (path) => files.get(path) ?? readSource(path),
    parse: (file, text) => {
      const program = parsedSource(file, text)
      return program === undefined ? parsed(file, text) : { program, problems: [], lost: new Set<string>() }
    },
    catalogue,
    params: {},
    elaborateModel: rememberedModels(elaborateModel),
    place: (path) => path,
    ...(memory === undefined ? {} : { memory }),
  })
}

/** A compiler that keeps trees and evaluations, as the language server does. */
function editor(entry: string): (files: Files) => Compiled {
  const trees = new Map<string, { readonly text: string; readonly parsed: Parsed }>()
  const memory: CheckMemory = {}
  const parsed = (file: string, text: string) => {
    const known = trees.get(file)
    if (known?.text === text) return known.parsed
    const tree = reparse(file, text, known)
    trees.set(file, { text, parsed: tree })
    return tree
  }
  return (files) => compileWith(entry, files, parsed, memory)
}

/** Everything that a compilation says, as plain data. */
function plain({ diagnostics, program, sources, facts }: Compiled) {
  const { definitions, references, types, bindings, calls, tensors } = facts
  const inOrder = [...bindings].sort((a, b) => a.span.start - b.span.start)
  return { diagnostics, program, sources, definitions, references, types, bindings: inOrder, calls, tensors }
}

const typed = [
  '',
  ' ',
  '\n',
  'x',
  '0',
  '(',
  ')',
  '{',
  '}',
  '"',
  ',',
  ' |> tidy()',
  '// c\n',
  'prose',
  'vocab: 300',
  '\ndata zz = read("a.txt")\n',
  '\nlet steps = 3\n',
  'for i in 1..2 {\n',
  '\nif true {\n',
  '\n}\n',
  '\nuse std.clean { tidy }\n',
  '\nop oo(d) = d |> tidy()\n',
  '\nfilter ff() { words > 3 }\n',
  '\ntest "t" {\n expect 1 == 1\n}\n',
  '\nstage zz = pretrain(gpt, on: tokens, steps: 3)\n',
]
const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const edit = fc.oneof(
  fc.record({ sort: fc.constant('type' as const), at: share, removed: fc.nat(9), text: fc.constantFrom(...typed) }),
  fc.record({ sort: fc.constant('digit' as const), at: share, digit: fc.nat(9) }),
  fc.record({ sort: fc.constant('word' as const), at: share, by: share }),
  fc.record({
    sort: fc.constant('lines' as const),
    at: share,
    count: fc.integer({ min: 1, max: 6 }),
    to: fc.option(share),
  }),
  fc.record({ sort: fc.constant('undo' as const), to: share }),
)
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never

function edited(old: string, history: readonly string[], change: Edit): string {
  const nth = <T>(list: readonly T[], part: number) => list[Math.floor(part * list.length)]
  switch (change.sort) {
    case 'type': {
      const at = Math.floor(change.at * old.length)
      return old.slice(0, at) + change.text + old.slice(at + change.removed)
    }
    case 'digit': {
      const found = nth([...old.matchAll(/\d/g)], change.at)
      return found ? old.slice(0, found.index) + change.digit + old.slice(found.index + 1) : old
    }
    case 'word': {
      const words = [...old.matchAll(/[A-Za-z_]\w*/g)]
      const [found, other] = [nth(words, change.at), nth(words, change.by)]
      return found && other ? old.slice(0, found.index) + other[0] + old.slice(found.index + found[0].length) : old
    }
    case 'lines': {
      const lines = old.split('\n')
      const cut = lines.splice(Math.floor(change.at * lines.length), change.count)
      if (change.to !== null) lines.splice(Math.floor(change.to * lines.length), 0, ...cut)
      return lines.join('\n')
    }
    case 'undo':
      return nth(history, change.to) ?? old
  }
}

test('after any edits of a program', () => {
  fc.assert(
    fc.property(fc.constantFrom(...programs), fc.array(edit, { minLength: 1, maxLength: 8 }), (entry, edits) => {
      const again = editor(entry)
      const history = [readFileSync(entry, 'utf8')]
      again(new Map([[entry, history[0]!]]))
      for (const change of edits) {
        history.push(edited(history.at(-1)!, history, change))
        const files = new Map([[entry, history.at(-1)!]])
        expect(plain(again(files))).toEqual(plain(compileWith(entry, files, parse)))
      }
    }),
    { numRuns: 80 },
  )
})

test('after any edits of a program or of a file that it imports', () => {
  const shared = `param words = 8
data prose = read("a.txt") |> drop(where: words < 3)
tokenizer bpe = train_bpe(prose, vocab: 300)
op clean(docs) = docs |> keep(where: characters > words)
block mlp(x, dim) { linear(linear(x, 4 * dim), dim) }
`
  const main = `use "./shared.llmpipe" { prose, bpe as tokens_of, clean, mlp }
use std.models { llama3 }
let size = 8
model net(vocab: count, dim = 8, context = 8) {
  x = embedding(tokens, vocab, dim)
  unembed(mlp(x, dim), weight(vocab, dim))
}
data good = prose |> clean()
data ids = good |> encode(tokens_of)
model small = net(vocab: tokens_of.size, dim: size)
stage base = pretrain(small, on: ids, steps: 10)
stage other = pretrain(small, on: good |> encode(tokens_of), steps: 10)
expect base.train_loss < 4
`
  const files = { 'p/main.llmpipe': main, 'p/shared.llmpipe': shared }
  const change = fc.tuple(fc.constantFrom(...Object.keys(files)), edit)
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const again = editor('p/main.llmpipe')
      const now = new Map(Object.entries(files))
      again(now)
      for (const [file, each] of changes) {
        now.set(file, edited(now.get(file)!, [files[file as keyof typeof files]], each))
        expect(plain(again(now))).toEqual(plain(compileWith('p/main.llmpipe', now, parse)))
      }
    }),
    { numRuns: 40 },
  )
})

describe('what an edit does not touch', () => {
  const text = `data prose = read("a.txt")
tokenizer bpe = train_bpe(prose, vocab: 300)
data ids = prose |> encode(bpe)
data other = read("b.txt") |> dedup(exact)
`
  const program = (again: (files: Files) => Compiled, now: string) => again(new Map([['a', now]])).program!

  test('keeps its calls, unless they depend on the edit', () => {
    const again = editor('a')
    const before = program(again, text).calls
    const after = program(again, text.replace('300', '301')).calls
    const kept = after.filter((call) => before.includes(call)).map(({ kind, names }) => names[0] ?? kind)
    expect(kept).toEqual(['prose', 'read', 'other'])
    expect(after.map(({ span }) => text.slice(span.start, span.end))).toEqual(
      before.map(({ span }) => text.slice(span.start, span.end)),
    )
  })

  test('refers to the calls by their new indices', () => {
    const again = editor('a')
    program(again, text)
    const longer = `data first = read("c.txt")\n${text}`
    const { calls } = program(again, longer)
    expect(calls.map(({ index, names }) => [index, names[0]])).toEqual(
      compileWith('a', new Map([['a', longer]]), parse).program!.calls.map(({ index, names }) => [index, names[0]]),
    )
    expect(calls.find(({ names }) => names[0] === 'ids')?.inputs.docs).toEqual([{ call: 1, output: 'out' }])
  })
})
