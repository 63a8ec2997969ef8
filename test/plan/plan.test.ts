/** Programs become plans: the passes, the ids of nodes, and changes of a program that leave its plan as it is. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../src/core/plan.ts'
import type { Json } from '../../src/core/values/json.ts'
import { dot } from '../../src/plan/draw/dot.ts'
import { mermaid } from '../../src/plan/draw/mermaid.ts'
import { text } from '../../src/plan/draw/text.ts'
import { behind, isInOrder } from '../../src/plan/graph.ts'
import { rails, railsWithin } from '../../src/view/charts/rails.ts'
import { planOf } from './rig.ts'

const folder = 'test/plan/golden'
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.llmpipe'))
  .map((file) => file.slice(0, -'.llmpipe'.length))
const sourceOf = (name: string) => readFileSync(`${folder}/${name}.llmpipe`, 'utf8')

function golden(path: string, actual: string): void {
  if (process.env.UPDATE || !existsSync(path)) writeFileSync(path, actual)
  expect(actual, `UPDATE=1 npx vitest run test/plan`).toBe(readFileSync(path, 'utf8'))
}

describe.each(names)('the plan of %s', (name) => {
  const plan = planOf(sourceOf(name))
  test('as JSON', () => golden(`${folder}/${name}.plan.json`, `${JSON.stringify(plan, undefined, 2)}\n`))
  test('as text', () => golden(`${folder}/${name}.txt`, text(plan, rails)))
  test('for Mermaid', () => golden(`${folder}/${name}.mmd`, mermaid(plan)))
  test('for Graphviz', () => golden(`${folder}/${name}.dot`, dot(plan)))
  test('is in order', () => expect(isInOrder(plan)).toBe(true))
})

test('thousands of stages side by side are listed, each with what it takes, and not drawn', () => {
  const reads = Array.from({ length: 2000 }, (_, i) => `data d${i} = read("${i}.txt") |> dedup(exact)`)
  const all = reads.map((_, i) => `d${i}`).join(', ')
  const drawn = text(planOf(`${reads.join('\n')}\ndata all = concat(${all})\n`), (nodes) => railsWithin(nodes, 100))
  expect(drawn.length).toBeLessThan(400_000)
  expect(drawn).toContain('● d7  dedup  ← d7.read\n')
  expect(drawn).toContain('● all  concat  ← d0, d1, d2, d3, d4, d5, d6, d7, 1992 more\n')
})

/** The plan without spans and texts for people. */
function essence(plan: Plan): Json {
  const without = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(without)
    if (value === null || typeof value !== 'object') return value
    const kept = Object.entries(value).filter(([key]) => !/^\$|^span$|^settingSpans$/.test(key))
    return Object.fromEntries(kept.map(([key, member]) => [key, without(member as Json)]))
  }
  return without(plan as unknown as Json)
}

describe('comments and formatting change places and labels only', () => {
  const program = sourceOf('corpus')
  const edits: Readonly<Record<string, (text: string) => string>> = {
    'comments before every line': (text) => text.replace(/^(?=\S)/gm, '// so\n'),
    'comments after every line': (text) => text.replace(/\n/g, ' // so\n'),
    'Windows line ends': (text) => text.replaceAll('\n', '\r\n'),
    'more blanks': (text) => text.replaceAll(', ', ',   ').replaceAll(' |>', '\n\n      |>'),
    'no indentation': (text) => text.replace(/^ +/gm, ''),
  }
  test.each(Object.entries(edits))('%s', (_, edit) => {
    expect(edit(program)).not.toBe(program)
    expect(essence(planOf(edit(program)))).toEqual(essence(planOf(program)))
  })
})

describe('passes', () => {
  const ids = (text: string) => planOf(text).nodes.map(({ id }) => id)

  test('a value that two calls take ends one', () => {
    const program = (ops: string) => `
      op both(docs) = concat([docs |> keep(where: words > 1), docs |> keep(where: words > 2)])
      data a = read("a") |> keep(where: words > 0) |> both()${ops}`
    expect(ids(program(''))).toEqual(['a.read', 'a.keep', 'a.keep2', 'a'])
  })

  test('a name ends one, even if only one call takes it', () => {
    expect(ids('data a = read("a")\ndata b = a |> keep(where: words > 1)')).toEqual(['a', 'b'])
  })

  test('a call of an operation is planned where it is called', () => {
    const [node] = planOf('use std.clean { tidy }\n\ndata a = read("a") |> tidy()').nodes
    expect(node?.span).toMatchObject({ file: 'program.llmpipe', line: 3, column: 10, endColumn: 27 })
    expect(node?.params).toMatchObject({ source: { kind: 'read' }, steps: [{ kind: 'drop' }] })
  })

  test('the version of a pass holds those of its steps', () => {
    const [node] = planOf('data a = read("a") |> keep(where: words > 1)').nodes
    expect(node?.version).toEqual([3, ['read', 1], ['keep', 1]])
    expect(node?.resources).toEqual({ cpus: 1, memory: 1024 })
  })
})

describe('in a `for`', () => {
  test('what variants have in common is a pass of its own, however many there are', () => {
    const program = (list: string) => `
      for least in ${list} { data a = read("a") |> drop(where: words > 9) |> keep(where: words > least) }`
    const plans = ['[1]', '[1, 2]'].map((list) => planOf(program(list)))
    expect(plans.map(({ nodes }) => nodes.map(({ id }) => id))).toEqual([
      ['a.read', 'a[least=1]'],
      ['a.read', 'a[least=1]', 'a[least=2]'],
    ])
    const [one, two] = plans.map(({ nodes }) => nodes.slice(0, 2))
    expect(one).toEqual(two?.map((node) => ({ ...node, span: expect.anything(), settingSpans: expect.anything() })))
  })

  test('several names of a call have the values each', () => {
    const [node] = planOf('for seed in [7] { data a, b = read("a") |> split(50%, 50%, seed: seed) }').nodes.slice(-1)
    expect(node).toMatchObject({ id: 'a[seed=7],b[seed=7]', variant: { of: 'a,b', values: { seed: '7' } } })
  })
})

describe('ids', () => {
  test('of other declarations stay when one is added', () => {
    const program = sourceOf('corpus')
    const before = planOf(program).nodes.map(({ id }) => id)
    const more = 'data other = read("o") |> dedup(exact) |> keep(where: words > 1) |> dedup(exact)\n'
    const after = planOf(program.replace('data train', `${more}data train`)).nodes.map(({ id }) => id)
    expect(after.filter((id) => !id.startsWith('other'))).toEqual(before)
  })

  test('of unnamed calls are those of the arguments that they make', () => {
    const program = (more = '') => `
      tokenizer c = characters(read("a"))
      model tiny(vocab, dim = 8) { embedding(tokens, vocab, dim) }
      model gpt = tiny(vocab: c.size)
      ${more}
      stage base = pretrain(gpt,
        on: read("a") |> dedup(exact) |> keep(where: words > 1) |> encode(c),
        validate: read("b") |> dedup(exact) |> encode(c)) { steps: 1 }`
    const idsOf = (text: string) => planOf(text).nodes.map(({ id }) => id)
    const ids = idsOf(program())
    expect(ids.filter((id) => id.startsWith('base'))).toEqual([
      ...['base.on.read', 'base.on.dedup', 'base.on.keep', 'base.on'],
      ...['base.validate.read', 'base.validate.dedup', 'base.validate', 'base'],
    ])
    const more = idsOf(program('stage other = pretrain(gpt, on: read("a") |> encode(c)) { steps: 1 }'))
    expect(more.filter((id) => !id.startsWith('other'))).toEqual(ids)
    expect(more).toEqual(expect.arrayContaining(['other.on.read', 'other.on']))
    // The variants of a `for` share what does not depend on its values.
    const swept = idsOf(
      program().replace('stage base', 'for n in [1, 2] { stage base').replace('steps: 1 }', 'steps: n } }'),
    )
    expect(swept).toEqual(expect.arrayContaining(['base.on', 'base.validate', 'base[n=1]', 'base[n=2]']))
  })

  test('an expectation is called by what it looks at, not by its bound', () => {
    const nodes = (bound: string) => planOf(sourceOf('corpus').replace('4.5', bound)).nodes.map(({ id }) => id)
    expect(nodes('3')).toEqual(nodes('4.5'))
  })
})

test('behind a stage is what a change of it can reach', () => {
  const plan = planOf(sourceOf('corpus'))
  expect(behind(plan, ['base'])).toEqual(['base', 'expect base.valid_loss', 'expect base.valid_loss 2', 'export base'])
})

test('without stages and exports the results are what nothing takes', () => {
  const program = 'data a = read("a")\ndata b = a |> dedup(exact)\ndata c = a |> dedup(minhash)'
  expect(planOf(program).results).toEqual(['b', 'c'])
})

test('an artefact in a list means the same as one given by itself', () => {
  const planned = (call: string) => essence(planOf(`data a = read("a") |> redact(${call})`))
  expect(planned('[emails, phone_numbers]')).toEqual(planned('emails, phone_numbers'))
  expect(planned('what: [emails, phone_numbers]')).toEqual(planned('emails, phone_numbers'))
})
