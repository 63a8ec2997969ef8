/** scripts/build.mjs rewrites the output of esbuild; these are the promises that the rewritten dist/ keeps. */

import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { Script } from 'node:vm'
import { describe, expect, test } from 'vitest'

const dist = resolve('dist')
const scripts = ['llmpipe.js', 'index.js', ...readdirSync(`${dist}/chunks`).map((name) => `chunks/${name}`)]
const commonJs = scripts.filter((path) => path.endsWith('.js'))
const modules = scripts.filter((path) => path.endsWith('.mjs'))
const textOf = (path: string): string => readFileSync(`${dist}/${path}`, 'utf8')

/** Calls of `require` and `import` with a relative path, as `require("./a.js")`. */
function references(path: string): { how: string; target: string }[] {
  return [...textOf(path).matchAll(/\b(require|import)\(\s*["'`](\.[^"'`]*)["'`]\s*\)/g)].map(
    ([, how = '', target = '']) => ({
      how,
      target,
    }),
  )
}

describe('a chunk that is CommonJS', () => {
  test('compiles as a script, so it has no import or export statement', () => {
    for (const path of commonJs) {
      const text = textOf(path).replace(/^#!.*/, '')
      expect(() => new Script(`(function(exports,require,module,__filename,__dirname){${text}\n})`), path).not.toThrow()
    }
  })

  test('has no import() of its own, since compiled code cannot run it', () => {
    for (const path of commonJs) expect(textOf(path), path).not.toMatch(/\bimport\s*\(/)
  })

  test('requires only files that are there, and never an ES module', () => {
    for (const path of commonJs) {
      const require = createRequire(`${dist}/${path}`)
      for (const { how, target } of references(path)) {
        if (how !== 'require') continue
        expect(() => require.resolve(target), `${path}: ${target}`).not.toThrow()
        expect(target, path).not.toMatch(/\.mjs$/)
      }
    }
  })
})

test('only the dashboard awaits at its top level, so it alone is an ES module', () => {
  expect(modules.map((path) => path.replace(/-[A-Z0-9]{8}\.mjs$/, ''))).toEqual(['chunks/dashboard'])
})

test('an ES module imports only chunks that are there', () => {
  const names = new Set(readdirSync(`${dist}/chunks`))
  for (const path of modules) {
    const targets = [...textOf(path).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)].map(([, name]) => name)
    expect(targets.length).toBeGreaterThan(0)
    for (const target of targets) expect(names, target).toContain(target)
  }
})

test('the dashboard loads, though it is imported from CommonJS', async () => {
  const load = createRequire(`${dist}/llmpipe.js`)('./import.js') as (path: string) => Promise<object>
  expect(Object.keys(await load(`${dist}/${modules[0]}`)).length).toBeGreaterThan(0)
})

test('the package exports the same names to import and to require', async () => {
  const required = Object.keys(createRequire(`${dist}/a.js`)('./index.js') as object).filter(
    (name) => name !== '__esModule',
  )
  const imported = Object.keys((await import(/* @vite-ignore */ `${dist}/index.mjs`)) as object)
  expect(imported.sort()).toEqual(required.sort())
  expect(imported).not.toContain('default')
})

test('the worker of the engine torch is beside the chunks', () => {
  const sources = readdirSync('src/engine/torch/worker').filter((name) => name.endsWith('.py'))
  expect(sources).toContain('main.py')
  expect(readdirSync(`${dist}/torch`)).toEqual(sources)
  for (const name of sources)
    expect(textOf(`torch/${name}`)).toBe(readFileSync(`src/engine/torch/worker/${name}`, 'utf8'))
})
