/** The digest of a file of custom stages: everything that can change its behavior, and nothing else. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { bundle } from '../../src/custom/bundle.ts'

const home = mkdtempSync(join(tmpdir(), 'llmpipe-bundle-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** The bundle of the first of some files. */
async function bundleOf(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(home, 'p'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const { bundle: made, errors } = await bundle(join(folder, Object.keys(files)[0]!), join(folder, 'out.mjs'), folder)
  expect(errors).toEqual([])
  return made!
}

/** Modules that import later ones: what each adds to the text, and whom it imports. */
const graph = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.array(fc.nat({ max: 4 }), { maxLength: 3 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((modules) =>
    modules.map(([says, imports], index) => ({
      says,
      imports: [...new Set(imports.filter((to) => to > index && to < modules.length))],
    })),
  )
type Graph = typeof graph extends fc.Arbitrary<infer T> ? T : never

/** The modules as files, by names that are given. */
function filesOf(modules: Graph, nameOf: (index: number) => string): Record<string, string> {
  return Object.fromEntries(
    modules.map(({ says, imports }, index) => [
      `${nameOf(index)}.ts`,
      `${imports.map((to, n) => `import { all as i${n} } from './${nameOf(to)}.ts'\n`).join('')}export const all: string = '${says}' + ${['""', ...imports.map((_, n) => `i${n}`)].join(' + ')}\n`,
    ]),
  )
}

/** The result of the first module. */
function meaning(modules: Graph, index = 0): string {
  const { says, imports } = modules[index]!
  return `${says}${imports.map((to) => meaning(modules, to)).join('')}`
}

test('whatever means something else has another digest', async () => {
  await fc.assert(
    fc.asyncProperty(graph, graph, async (a, b) => {
      fc.pre(meaning(a) !== meaning(b))
      const [one, other] = await Promise.all([a, b].map((each) => bundleOf(filesOf(each, (n) => `m${n}`))))
      expect(one!.digest).not.toBe(other!.digest)
    }),
    { numRuns: 30 },
  )
})

test('the same in another folder has the same digest, though its names and those of its helpers differ', async () => {
  const helper = 'export const up = (text: string) => text.toUpperCase()\n'
  const own = "import { up } from 'HELPER'\nexport const it = up\n"
  const one = await bundleOf({ 'own.ts': own.replace('HELPER', './up.ts'), 'up.ts': helper })
  const moved = await bundleOf({ 'deep/mine.ts': own.replace('HELPER', './up.ts'), 'deep/up.ts': helper })
  expect(moved.digest).toBe(one.digest)
  expect(moved.sources.map(({ name }) => name)).toEqual(['deep/mine.ts', 'deep/up.ts'])
  // The name of a helper stands in who imports it, which is another text.
  const renamed = await bundleOf({ 'own.ts': own.replace('HELPER', './on.ts'), 'on.ts': helper })
  expect(renamed.digest).not.toBe(one.digest)
})

test('helpers that change places, a circle, and the sort of a module are seen', async () => {
  const own = "import { a } from './a.ts'\nimport { b } from './b.ts'\nexport const it = [a, b]\n"
  const [x, y] = ["export const a = 'x'\nexport const b = 'x'\n", "export const a = 'y'\nexport const b = 'y'\n"]
  const one = await bundleOf({ 'own.ts': own, 'a.ts': x, 'b.ts': y })
  const other = await bundleOf({ 'own.ts': own, 'a.ts': y, 'b.ts': x })
  expect(one.digest).not.toBe(other.digest)
  const circle = await bundleOf({
    'own.ts': "import { b } from './b.ts'\nexport const a = () => b\n",
    'b.ts': "import { a } from './own.ts'\nexport const b = () => a\n",
  })
  expect(circle.sources).toHaveLength(2)
  const plain = { 'own.ts': 'export const it = 1\n' }
  const sorts = await Promise.all(
    [{}, { 'package.json': '{}' }, { 'package.json': '{ "type": "module" }' }].map((more) =>
      bundleOf({ ...plain, ...more }),
    ),
  )
  expect(sorts[0]!.digest).toBe(sorts[1]!.digest)
  expect(sorts[2]!.digest).not.toBe(sorts[1]!.digest)
})

test('a package is one source, whatever it is made of', async () => {
  const { sources, text } = await bundleOf({
    'own.ts': "import pad from '@some/pad'\nexport const it = pad\n",
    'node_modules/@some/pad/package.json': '{ "name": "@some/pad", "main": "main.js" }',
    'node_modules/@some/pad/main.js': "module.exports = require('./more.js')\n",
    'node_modules/@some/pad/more.js': "module.exports = 'PAD'\n",
  })
  expect(sources.map(({ name }) => name)).toEqual(['own.ts', 'package @some/pad'])
  expect(text).toContain('PAD')
})
