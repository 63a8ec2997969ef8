/** The package as others see it: its types are checked by tsc in a project of its own, and what it exports is what they say. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { standIn } from '../../src/custom/api.ts'

const folder = mkdtempSync(join(tmpdir(), 'llmpipe-types-'))
mkdirSync(join(folder, 'node_modules/@types'), { recursive: true })
symlinkSync(resolve('.'), join(folder, 'node_modules/llmpipe'))
symlinkSync(resolve('node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
symlinkSync(resolve('node_modules/undici-types'), join(folder, 'node_modules/undici-types'))
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
const options = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  module: 'nodenext',
  target: 'es2023',
  noEmit: true,
  types: ['node'],
}
writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts'] }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The errors that tsc reports for a file, one per line. */
function errorsOf(code: string): string[] {
  writeFileSync(join(folder, 'stage.ts'), code)
  const { stdout } = spawnSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
    cwd: folder,
  })
  return stdout.split('\n').filter((line) => line !== '')
}

test('the examples of the guide have the types they should have', () => {
  const guide = readFileSync('docs/guide/custom-stages.md', 'utf8')
  const examples = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)
  expect(examples.length).toBeGreaterThan(1)
  for (const code of examples) expect(errorsOf(code)).toEqual([])
})

test('settings, inputs and outputs have the types of their definitions', () => {
  const code = `import { defineStage, defineStep } from 'llmpipe'

type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <T extends true>(_?: T) => {}

export const a = defineStage({
  summary: '',
  inputs: {
    docs: { kinds: ['Docs'], description: '' },
    some: { kinds: ['Pairs', 'Weights'], description: '', list: true },
    maybe: { kinds: ['Rankings'], description: '', optional: true },
  },
  settings: {
    n: { type: 'integer', description: '' },
    x: { type: 'number', optional: true, description: '' },
    which: { type: 'string', enum: ['one', 'two'], description: '' },
    list: { type: 'array', items: { type: 'number' }, description: '' },
    files: { type: 'string', files: true, description: '' },
  },
  output: { like: 'docs' },
  async run({ inputs, settings, output }) {
    is<Is<typeof settings.n, number>>()
    is<Is<typeof settings.x, number | undefined>>()
    is<Is<typeof settings.which, 'one' | 'two'>>()
    is<Is<typeof settings.list, readonly number[]>>()
    settings.files.map(({ path }) => path.length)
    for await (const doc of inputs.docs) is<Is<typeof doc.text, string>>()
    for (const each of inputs.some) is<Is<typeof each.kind, 'Pairs' | 'Weights'>>()
    if (inputs.maybe !== undefined) for await (const { ranks } of inputs.maybe) is<Is<typeof ranks, readonly number[]>>()
    output.write({ text: '' })
    return { metrics: { n: 1 } }
  },
})
export const b = defineStage({
  summary: '',
  outputs: { left: 'Docs', right: 'Prompts' },
  run({ outputs }) {
    outputs.left.write({ text: '' })
    outputs.right.write({ messages: [{ role: 'user', content: '' }] })
  },
})
export const c = defineStep({ summary: '', map: (doc) => (doc.text === '' ? undefined : [doc, doc]) })
`
  expect(errorsOf(code)).toEqual([])
})

test.each([
  ['a setting that is none', 'map: (doc, { mrak }) => doc'],
  ['what is no document', 'map: () => ({ txt: 1 })'],
  ['a definition without a description', "settings: { a: { type: 'string' } }, map: (doc) => doc"],
])('%s is an error before anything is run', (_, fields) => {
  expect(
    errorsOf(`import { defineStep } from 'llmpipe'\nexport const a = defineStep({ summary: '', ${fields} })\n`),
  ).not.toEqual([])
})

test('the package exports at run time what its types say, and bundles get the same', () => {
  const script = "console.log(Object.keys(await import('llmpipe')).sort().join())"
  const names = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' })
  const types = readFileSync('dist/index.d.ts', 'utf8')
  const declared = [...types.matchAll(/^export (?:function|class) (\w+)/gm)].map(([, name]) => name)
  expect(names.trim().split(',')).toEqual([...new Set(declared)].sort())
  expect(
    /\{(.*)\}/
      .exec(standIn)?.[1]
      ?.split(',')
      .map((name) => name.trim())
      .sort(),
  ).toEqual(names.trim().split(','))
})
