/**
 * The version of a kind is part of its key; our code is not. So whoever changes what a kind makes of the same input has to raise its
 * version, and this test holds them to it: every kind is run on fixed input, and what comes out is compared with what is kept in
 * golden/kinds.json.
 *
 * Bytes are compared by SHA-256. Trained weights and what is measured on them are not the same to the last bit on every processor,
 * since ONNX Runtime takes other instructions where it finds them: of weights the names and shapes are compared, and the root mean square
 * of each; of measurements their values; both within a thousandth.
 *
 * After raising a version: UPDATE=1 npx vitest run test/stages/golden.test.ts. It writes down kinds that are new or whose version is, no
 * others.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogue } from '../../src/cli/program/catalogue.ts'
import { readSource } from '../../src/cli/program/sources.ts'
import { elaborateModel } from '../../src/language/3-elaborate/model.ts'
import { compile } from '../../src/language/compile.ts'
import { kinds } from '../../src/stages/index.ts'
import { inventory } from '../../src/store/care/inventory.ts'
import { openStore } from '../../src/store/folder-store.ts'
import type { Action } from '../../src/store/store.ts'
import { readSafetensors } from '../../src/train/weights/safetensors.ts'
import { makeProject } from '../cli/rig.ts'
import { cases, files } from './program.ts'

/** The compared facts of a file: its SHA-256; for weights `name [shape]` and the root mean square; for measurements their values. */
type Print = string | Readonly<Record<string, number>>

interface Golden {
  readonly version: number | string
  readonly files: Readonly<Record<string, Print>>
}

const path = join(import.meta.dirname, 'golden/kinds.json')
const golden: Record<string, Golden> = JSON.parse(readFileSync(path, 'utf8'))
const updating = process.env.UPDATE === '1'

const state = mkdtempSync(join(tmpdir(), 'llmpipe-state-'))
const before = process.env.XDG_STATE_HOME
process.env.XDG_STATE_HOME = state
const project = makeProject(files)
const store = openStore(join(project.folder, '.llmpipe'))
let actions: readonly Action[]

beforeAll(() => {
  project.llmpipe(['trust', '--yes', 'second.llmpipe'])
  for (const program of ['first.llmpipe', 'second.llmpipe']) {
    const { code, events } = project.events([program, '--keep-going'])
    expect(events.filter(({ event }) => event === 'failed')).toEqual([])
    expect(code).toBe(0)
  }
  actions = [...inventory(store).actions.values()].sort((one, other) => one.time - other.time)
}, 300_000)
afterAll(() => {
  project.remove()
  rmSync(state, { recursive: true, force: true })
  if (before === undefined) delete process.env.XDG_STATE_HOME
  else process.env.XDG_STATE_HOME = before
})

test('every kind has a case', () => {
  expect(Object.keys(cases)).toEqual(Object.keys(kinds))
})

describe('the output of a kind for fixed input changes only with its version', () => {
  test.each(Object.entries(cases))('%s', (kind, stage) => {
    const action = actions.findLast(({ node }) => node.name === stage)!
    expect(kindsIn(action)).toContain(kind)
    const made: Golden = { version: kinds[kind]!.version, files: printsOf(action) }
    const kept = golden[kind]
    if (updating && kept?.version !== made.version) golden[kind] = made
    else {
      expect(kept, `${kind} is not kept yet: UPDATE=1 writes it down`).toBeDefined()
      expect(made.version, `the version of ${kind} was changed: UPDATE=1 writes down what it makes now`).toBe(
        kept!.version,
      )
      compare(
        made.files,
        kept!.files,
        `${kind} makes something else than version ${made.version} did: raise its version`,
      )
    }
  })
  afterAll(() => {
    const sorted = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, golden[kind]]))
    if (updating) writeFileSync(path, `${JSON.stringify(sorted, undefined, 1)}\n`)
  })
})

describe('the metrics that a kind declares are those its outputs have', () => {
  test.each(['first.llmpipe', 'second.llmpipe'])('%s', (file) => {
    const { program } = compile(join(project.folder, file), {
      read: readSource,
      catalogue,
      params: {},
      elaborateModel,
    })
    const declared = program!.calls.flatMap(({ kind, names, metrics }) =>
      metrics ? names.map((name) => ({ kind, name, metrics })) : [],
    )
    expect(declared).not.toEqual([])
    for (const { kind, name, metrics } of declared) {
      const action = actions.findLast(({ node }) => node.name === name && node.kind === kind)
      expect(action, `${name} ran`).toBeDefined()
      for (const { digest } of Object.values(action!.outputs)) {
        const written = Object.keys(JSON.parse(readFileSync(join(store.objectFolder(digest), 'metrics.json'), 'utf8')))
        // Of numbers for each of several models, one model is enough to look at.
        const found = new Set(written.map((each) => each.replace(/\[\d+\]$/, '[]')))
        expect([...found].sort(), name).toEqual([...metrics].sort())
      }
    }
  })
})

/** The kind of a stage, and the kinds of the steps that it runs. */
function kindsIn({ node, components }: Action): unknown[] {
  return [
    node.kind,
    ...components.flatMap(([at, value]) => (/^params\.(source|steps\.\d+)\.kind$/.test(at) ? [value] : [])),
  ]
}

function printsOf({ outputs }: Action): Record<string, Print> {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([output, { digest, files: listed }]) =>
      listed.map(({ path: name, sha256 }) => {
        const file = join(store.objectFolder(digest), name)
        return [`${output}/${name}`, printOf(file) ?? sha256] as const
      }),
    ),
  )
}

function printOf(file: string): Print | undefined {
  if (file.endsWith('.safetensors')) {
    return Object.fromEntries(
      Object.entries(readSafetensors(file).tensors).map(([name, { shape, data }]) => {
        const squares = data.reduce((sum, value) => sum + value * value, 0)
        return [`${name} [${shape.join(', ')}]`, Math.sqrt(squares / data.length)]
      }),
    )
  }
  if (file.endsWith('metrics.json')) return numbersIn(JSON.parse(readFileSync(file, 'utf8')))
  return undefined
}

/** All numbers in a value, by their paths. */
function numbersIn(value: unknown, at = ''): Record<string, number> {
  if (typeof value === 'number') return { [at]: value }
  if (value === null || typeof value !== 'object') return {}
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, each]) => numbersIn(each, at === '' ? name : `${at}.${name}`)),
  )
}

function compare(made: Golden['files'], kept: Golden['files'], message: string): void {
  expect(Object.keys(made), message).toEqual(Object.keys(kept))
  for (const [name, print] of Object.entries(made)) {
    const other = kept[name]!
    if (typeof print === 'string' || typeof other === 'string') {
      expect(print, `${message} (${name})`).toBe(other)
      continue
    }
    expect(Object.keys(print), `${message} (${name})`).toEqual(Object.keys(other))
    // Measurements may be small differences of large numbers.
    const slack = name.endsWith('metrics.json') ? 1e-4 : 0
    for (const [what, value] of Object.entries(print)) {
      const off = Math.abs(value - other[what]!)
      const said = `${message} (${name}, ${what}: ${other[what]} → ${value})`
      expect(off, said).toBeLessThanOrEqual(1e-3 * Math.abs(other[what]!) + slack)
    }
  }
}
