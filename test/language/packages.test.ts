/** Where modules of npm packages are looked for. */

import { mkdirSync, mkdtempSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { expect, test } from 'vitest'
import { moduleInPackage } from '../../src/language/1-resolve/packages.ts'
import { compile } from '../../src/language/compile.ts'
import { catalogue } from './catalogue.ts'

/** Reads the files of a project with the package `recipes` in `folder`. */
const installedIn = (folder: string) => (path: string) =>
  new Map([
    [posix.join(folder, 'node_modules/recipes/package.json'), '{ "version": "1.0.0" }'],
    [
      posix.join(folder, 'package-lock.json'),
      '{ "packages": { "node_modules/recipes": { "version": "1.0.0", "integrity": "sha512-…" } } }',
    ],
  ]).get(path)

test('packages are looked for in the folders above a file, wherever that is', () => {
  const find = (from: string, folder: string) => moduleInPackage(from, 'npm:recipes/clean', installedIn(folder))
  const here = process.cwd().replaceAll('\\', '/')
  expect(find('p.llmpipe', '.')).toMatchObject({ file: 'node_modules/recipes/clean.llmpipe' })
  expect(find('a/b/p.llmpipe', 'a')).toMatchObject({ file: 'a/node_modules/recipes/clean.llmpipe' })
  expect(find('../other/p.llmpipe', '..')).toMatchObject({ file: '../node_modules/recipes/clean.llmpipe' })
  expect(find('a/p.llmpipe', posix.dirname(here))).toHaveProperty('file')
  expect(find('../../other/p.llmpipe', posix.dirname(posix.dirname(posix.dirname(here))))).toHaveProperty('file')
  // The current folder is beside the file, and not above it.
  expect(find('../other/p.llmpipe', '.')).toMatchObject({ type: 'missing', name: 'recipes' })
  expect(find('../p.llmpipe', '.')).toMatchObject({ type: 'missing', name: 'recipes' })
})

/** Compiles `p.llmpipe` of a folder as it is on the disk. */
function compiled(folder: string) {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return undefined
    }
  }
  return compile(join(folder, 'p.llmpipe'), { read, catalogue, params: {}, place: realpathSync })
}

const program = 'use "npm:@acme/recipes/clean" { tidy }\ndata a = read("a.txt") |> tidy()\n'
const manifest = JSON.stringify({ version: '1.2.0', exports: { './clean': './src/clean.llmpipe' } })
const clean = 'use "npm:base-recipes" { long }\nop tidy(docs) = docs |> long()\n'

function written(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'packages-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

test('pnpm links packages, and what a package needs lies beside its real place', () => {
  const store = (name: string, version: string) =>
    `node_modules/.pnpm/${name.replace('/', '+')}@file+x-${version}.tgz/node_modules`
  const folder = written({
    'p.llmpipe': program,
    'pnpm-lock.yaml': readFileSync('test/language/locks/pnpm-9.yaml', 'utf8'),
    [`${store('@acme/recipes', '1.2.0')}/@acme/recipes/package.json`]: manifest,
    [`${store('@acme/recipes', '1.2.0')}/@acme/recipes/src/clean.llmpipe`]: clean,
    [`${store('base-recipes', '2.1.0')}/base-recipes/package.json`]: '{ "version": "2.1.0" }',
    [`${store('base-recipes', '2.1.0')}/base-recipes/index.llmpipe`]: 'filter long() { words >= 5 }\n',
    // Another version, which only the program sees.
    'node_modules/base-recipes/package.json': '{ "version": "9.9.9" }',
    'node_modules/@acme/.keep': '',
  })
  const at = (path: string) => join(folder, path)
  symlinkSync(at(`${store('@acme/recipes', '1.2.0')}/@acme/recipes`), at('node_modules/@acme/recipes'), 'junction')
  symlinkSync(
    at(`${store('base-recipes', '2.1.0')}/base-recipes`),
    at(`${store('@acme/recipes', '1.2.0')}/base-recipes`),
    'junction',
  )
  const { diagnostics, sources } = compiled(folder)
  expect(diagnostics).toEqual([])
  expect([...sources.keys()].map((file) => posix.basename(file)).sort()).toEqual([
    'clean.llmpipe',
    'index.llmpipe',
    'p.llmpipe',
  ])
  const twisted = readFileSync(at('pnpm-lock.yaml'), 'utf8').replace('version: 2.1.0', 'version: 2.0.0')
  writeFileSync(at('pnpm-lock.yaml'), twisted)
  const [problem] = compiled(folder).diagnostics
  expect(problem).toMatchObject({ code: 'E0613', help: expect.stringContaining('pnpm install --frozen-lockfile') })
  expect(problem?.message).toContain('pnpm-lock.yaml has version 2.0.0, and 2.1.0 is installed')
})

test("Yarn's Plug'n'Play gets a way out", () => {
  const folder = written({ 'p.llmpipe': program, 'yarn.lock': '', '.pnp.cjs': 'module.exports = {}\n' })
  const [problem] = compiled(folder).diagnostics
  expect(problem).toMatchObject({ code: 'E0611', help: expect.stringContaining('nodeLinker: node-modules') })
})

test('a package that is missing is installed by the tool of the lock file', () => {
  const help = (lock: string) => compiled(written({ 'p.llmpipe': program, [lock]: '' })).diagnostics[0]?.help
  expect(help('pnpm-lock.yaml')).toContain('`pnpm add @acme/recipes`')
  expect(help('yarn.lock')).toContain('`yarn add @acme/recipes`')
  expect(help('other.txt')).toContain('`npm install @acme/recipes`')
})

test('one lock file of several is enough', () => {
  const folder = written({
    'p.llmpipe': 'use "npm:base-recipes" { long }\ndata a = read("a.txt") |> long()\n',
    'package-lock.json': '{ "packages": {} }',
    'yarn.lock': readFileSync('test/language/locks/yarn-1.lock', 'utf8'),
    'node_modules/base-recipes/package.json': '{ "version": "2.1.0" }',
    'node_modules/base-recipes/index.llmpipe': 'filter long() { words >= 5 }\n',
  })
  expect(compiled(folder).diagnostics).toEqual([])
})
