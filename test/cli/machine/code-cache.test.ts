/** Compiled code is kept between runs of the command, and never believed where it is not what it should be. */

import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, beforeEach, expect, test } from 'vitest'

const home = mkdtempSync(join(tmpdir(), 'llmpipe-code-'))
const folder = join(home, 'llmpipe/code')
beforeEach(() => rmSync(folder, { recursive: true, force: true }))
afterAll(() => rmSync(home, { recursive: true, force: true }))

function kinds(env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('dist/llmpipe.js'), 'kinds'], {
    env: { ...process.env, XDG_CACHE_HOME: home, ...env },
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout
}

function kept(): string[] {
  return readdirSync(folder).map((name) => join(folder, name))
}

test('the first four runs keep compiled code for their user alone; the fifth loads it and writes nothing', () => {
  const said = kinds()
  const [file = '', ...more] = kept()
  expect(more).toEqual([])
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  for (const _ of [2, 3, 4]) {
    const { ino } = statSync(file)
    expect(kinds()).toBe(said)
    expect(statSync(file).ino).not.toBe(ino)
  }
  const { ino } = statSync(file)
  expect(kinds()).toBe(said)
  expect(statSync(file).ino).toBe(ino)
})

test.each([
  ['flipped', (bytes: Buffer) => bytes.fill(~bytes[bytes.length >> 1]!, bytes.length >> 1, (bytes.length >> 1) + 1)],
  ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ['empty', () => Buffer.alloc(0)],
])('what is %s is made anew', (_, damage) => {
  const said = kinds()
  const [file = ''] = kept()
  const whole = readFileSync(file)
  writeFileSync(file, damage(Buffer.from(whole)))
  expect(kinds()).toBe(said)
  expect(readFileSync(file).length).toBeGreaterThan(whole.length >> 1)
})

test('compiled code of a build that has not run for a week is removed when another is written', () => {
  mkdirSync(folder, { recursive: true })
  const old = join(folder, 'old')
  writeFileSync(old, '')
  const young = join(folder, 'young')
  writeFileSync(young, '')
  spawnSync('touch', ['-d', '8 days ago', old])
  kinds()
  const names = readdirSync(folder)
  expect(names).not.toContain('old')
  expect(names).toContain('young')
})

test('the least recently used files are removed beyond 128 MiB, and a use counts although nothing is written', () => {
  for (const _ of [1, 2, 3, 4]) kinds()
  const [used = ''] = kept()
  spawnSync('touch', ['-d', '3 days ago', used])
  kinds()
  for (const [name, days] of Object.entries({ newest: 1, older: 2, oldest: 4 })) {
    writeFileSync(join(folder, name), '')
    truncateSync(join(folder, name), 60 * 2 ** 20)
    spawnSync('touch', ['-d', `${days} days ago`, join(folder, name)])
  }
  // Another command writes another file.
  spawnSync(process.execPath, [resolve('dist/llmpipe.js'), 'explain', 'E0101'], {
    env: { ...process.env, XDG_CACHE_HOME: home },
  })
  const names = readdirSync(folder)
  expect(names).toContain(basename(used))
  expect(names).toContain('newest')
  expect(names).toContain('older')
  expect(names).not.toContain('oldest')
  expect(names).toHaveLength(4)
})

test('code that another version of Node compiled is not loaded', () => {
  const said = kinds()
  // Stands for another release with the same V8 tag, as 20.19.0 and 20.20.2 have.
  const other = join(home, 'other-version.cjs')
  writeFileSync(other, "Object.defineProperty(process, 'version', { value: 'v20.0.0' })\n")
  expect(kinds({ NODE_OPTIONS: `--require ${other}` })).toBe(said)
  expect(kept()).toHaveLength(2)
})

test('a folder that cannot be written to, or NODE_DISABLE_COMPILE_CACHE, is not a failure', () => {
  const said = kinds({ NODE_DISABLE_COMPILE_CACHE: '1' })
  expect(kinds({ XDG_CACHE_HOME: '/dev/null' })).toBe(said)
  expect(() => readdirSync(folder)).toThrow('ENOENT')
})

// The dashboard is an ES module. It failed in the first frame with a ledger: "(0 , M.a) is not a function".
test('a chunk that an ES module imports can require another chunk that the ES module imports later', () => {
  const build = join(home, 'build')
  const write = (name: string, text: string) => writeFileSync(join(build, name), text)
  mkdirSync(build, { recursive: true })
  buildSync({
    entryPoints: ['src/cli/code-cache.ts'],
    outfile: join(build, 'cache.js'),
    bundle: true,
    platform: 'node',
  })
  // As esbuild writes it: new exports take the place of the first ones, and the last line names them for Node's lexer.
  write('bar.js', "module.exports = Object({ bar: () => 'bar' })\n0 && (module.exports = { bar })\n")
  write('ledger.js', "const { bar } = require('./bar.js')\nexports.ledger = () => 'ledger with ' + bar()\n")
  write(
    'dashboard.mjs',
    "import { ledger } from './ledger.js'\nimport { bar } from './bar.js'\nconsole.log(ledger(), bar())\n",
  )
  write(
    'main.js',
    "require('./cache.js').keepCompiled(__dirname, 'b', 'c', console.error)\nimport('./dashboard.mjs')\n",
  )
  const { stdout, stderr } = spawnSync(process.execPath, [join(build, 'main.js')], {
    env: { ...process.env, XDG_CACHE_HOME: home },
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(stdout).toBe('ledger with bar bar\n')
})
