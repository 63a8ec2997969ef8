/** The field `exports` of a package, as Node resolves it. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { exportedFile } from '../../src/language/1-resolve/package-exports.ts'

const maps: readonly unknown[] = [
  './main.llmpipe',
  { '.': './main.llmpipe' },
  { llmpipe: './main.llmpipe', default: './main.js' },
  { '.': { import: './main.js', llmpipe: './main.llmpipe' } },
  { './clean': './src/clean.llmpipe', './clean.llmpipe': './other.llmpipe' },
  { './clean': { llmpipe: './src/clean.llmpipe', import: './clean.js' } },
  { './clean': { browser: './browser.js', default: { node: './src/clean.llmpipe' } } },
  { './clean': { require: './clean.cjs' } },
  { './*': './src/*.llmpipe', './private/*': null },
  { './*': './src/*.llmpipe', './private/*': './hidden/*.js', './private/a*': './a/*.js' },
  { './*.llmpipe': './src/*.llmpipe', './data/*/x': './*/*.llmpipe' },
  { './clean': null },
  { './clean': ['./src/clean.llmpipe', './clean.js'] },
  { './clean': '../outside.llmpipe' },
  { './clean': './node_modules/other/clean.llmpipe' },
  { './clean': './a/../clean.llmpipe' },
  {},
]
const paths = ['.', './clean', './clean.llmpipe', './private/a', './private/abc', './data/7/x', './deep/er/clean', './']

test('every path is the file that Node finds, and no file where Node finds none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'exports-'))
  for (const [i, exports] of maps.entries()) {
    const manifest = join(folder, `node_modules/p${i}/package.json`)
    mkdirSync(dirname(manifest), { recursive: true })
    writeFileSync(manifest, JSON.stringify({ name: `p${i}`, version: '1.0.0', exports }))
  }
  const script = `
    const [count, paths] = JSON.parse(process.argv[1])
    const found = Array.from({ length: count }, (_, i) => paths.map((path) => {
      try { return decodeURI(import.meta.resolve('p' + i + path.slice(1)).split('/node_modules/p' + i)[1]) } catch { return null }
    }))
    console.log(JSON.stringify(found))`
  writeFileSync(join(folder, 'ask.mjs'), script.replace('process.argv[1]', 'process.argv[2]'))
  const answer = execFileSync(
    process.execPath,
    ['--conditions', 'llmpipe', join(folder, 'ask.mjs'), JSON.stringify([maps.length, paths])],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const expected: readonly (readonly (string | null)[])[] = JSON.parse(answer)
  const ours = maps.map((exports) => paths.map((path) => exportedFile(exports, path)?.slice(1) ?? null))
  expect(ours).toEqual(expected)
  expect(expected.flat().filter((file) => file !== null).length).toBeGreaterThan(20)
})
