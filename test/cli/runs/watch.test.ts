/** `watch` as people start it: it settles, it ends when it is asked to, and nothing runs that is not trusted. */

import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventsIn, makeProject, type Project } from '../rig.ts'

const before = process.env.XDG_STATE_HOME
beforeAll(() => {
  process.env.XDG_STATE_HOME = mkdtempSync(join(tmpdir(), 'llmpipe-state-'))
})
const projects: Project[] = []
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => {
  for (const each of projects) each.remove()
  rmSync(process.env.XDG_STATE_HOME!, { recursive: true, force: true })
  if (before === undefined) delete process.env.XDG_STATE_HOME
  else process.env.XDG_STATE_HOME = before
})

function project(files: Readonly<Record<string, string>>): Project {
  const made = makeProject(files)
  projects.push(made)
  return made
}

/** Longer than a change takes to be acted on. */
const QUIET = 1_500

function watching(here: Project, program: string, more: readonly string[] = []) {
  const child = here.start(['watch', program, '--json', ...more])
  children.push(child)
  const said = { stdout: '', stderr: '' }
  child.stdout!.on('data', (piece) => (said.stdout += piece))
  child.stderr!.on('data', (piece) => (said.stderr += piece))
  const over = new Promise<number | null>((done) => child.once('close', done))
  const events = () => eventsIn(said.stdout.slice(0, said.stdout.lastIndexOf('\n') + 1))
  const count = (name: string) => events().filter(({ event }) => event === name).length
  const until = async (holds: () => boolean) => {
    while (!holds()) {
      if (child.exitCode !== null) throw new Error(`it ended: ${said.stderr}`)
      await sleep(20)
    }
  }
  return { child, said, over, count, until, runs: () => count('run-finished') }
}

const std = `use std.models { llama }
data raw = read("data/*.txt", split: paragraphs)
tokenizer letters = bytes()
model tiny = llama(vocab: letters.size, dim: 16, layers: 1, heads: 2, context: 16)
data kept = raw |> keep(where: words >= 1)
`

test('a program in whose place a folder comes is an error, and runs when it is back', async () => {
  const here = project({ 'a.llmpipe': std, 'data/a.txt': 'one two\n' })
  const watch = watching(here, 'a.llmpipe')
  await watch.until(() => watch.runs() === 1)
  const path = join(here.folder, 'a.llmpipe')
  rmSync(path)
  mkdirSync(path)
  await watch.until(() => watch.said.stderr.includes('This is a folder'))
  rmSync(path, { recursive: true })
  here.write('a.llmpipe', std.replace('>= 1', '>= 2'))
  await watch.until(() => watch.runs() === 2)
  watch.child.kill('SIGINT')
  expect(await watch.over).toBe(0)
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  'a program that uses modules of llmpipe runs once, settles, sees a change, and ends by %s',
  async (signal) => {
    const here = project({ 'a.llmpipe': std, 'data/a.txt': 'one two\n' })
    const watch = watching(here, 'a.llmpipe')
    await watch.until(() => watch.runs() === 1)
    await sleep(QUIET)
    expect(watch.count('run-started')).toBe(1)
    here.write('data/b.txt', 'three\n')
    await watch.until(() => watch.runs() === 2)
    await sleep(QUIET)
    expect(watch.count('run-started')).toBe(2)
    watch.child.kill(signal)
    expect(await watch.over).toBe(0)
  },
)

test('a project made by init does not run again by itself, and ends when it is asked to', async () => {
  const here = project({})
  expect(here.llmpipe(['init', 'mine']).code).toBe(0)
  const mine = here.in('mine')
  // Enough of it for a test: what is read and cleaned, and no training.
  const watch = watching(mine, 'pipeline.llmpipe', ['-p', 'steps=2'])
  await watch.until(() => watch.count('started') > 0)
  await sleep(QUIET)
  expect(watch.count('run-started')).toBe(1)
  watch.child.kill('SIGINT')
  await watch.over
})

test('a harmless program that is overwritten by one with commands does not run them, until that is trusted', async () => {
  const here = project({ 'a.llmpipe': 'data all = read("words.txt", split: lines)\n', 'words.txt': 'one\n' })
  const watch = watching(here, 'a.llmpipe')
  await watch.until(() => watch.runs() === 1)
  const canary = join(here.folder, 'ran')
  here.write('a.llmpipe', `data all = shell(command: "touch ${canary}; echo > $OUT/x", makes: files)\n`)
  await watch.until(() => watch.said.stderr.includes('is not trusted yet'))
  await sleep(QUIET)
  expect(existsSync(canary)).toBe(false)
  expect(watch.runs()).toBe(1)
  // In another terminal; the watch sees it.
  expect(here.llmpipe(['trust', '--yes', 'a.llmpipe']).code).toBe(0)
  await watch.until(() => watch.runs() === 2)
  expect(existsSync(canary)).toBe(true)
  watch.child.kill('SIGINT')
  expect(await watch.over).toBe(0)
})

test.each([
  [
    'an import that gets a command',
    { 'part.llmpipe': 'data all = shell(command: "touch FILE; echo > $OUT/x", makes: files)\n' },
  ],
  ['a script of a command', { 'go.sh': 'touch FILE; echo > $OUT/x\n' }],
  ['a stage in TypeScript', { 'own.ts': "import { writeFileSync } from 'node:fs'\nwriteFileSync('FILE', '')\n" }],
  ['what a stage in TypeScript imports', { 'lib.ts': "require('node:fs').writeFileSync('FILE', '')\n" }],
])('%s does not run while it is watched', async (_, change) => {
  const here = project({
    'a.llmpipe': `use "./part.llmpipe" { all }
use "./own.ts" { own }
data kept = all |> keep(where: words >= 1)
data mine = all |> own()
data made = shell(command: "sh go.sh", files: "go.sh", makes: files)
`,
    'part.llmpipe': 'data all = read("words.txt", split: lines)\n',
    'words.txt': 'one\n',
    'go.sh': 'echo > $OUT/x\n',
    'own.ts':
      "import { defineStep } from 'llmpipe'\nimport './lib.ts'\nexport const own = defineStep({ summary: 'x', map: (doc) => doc })\n",
    'lib.ts': 'export {}\n',
  })
  expect(here.llmpipe(['trust', '--yes', 'a.llmpipe']).code).toBe(0)
  const watch = watching(here, 'a.llmpipe')
  await watch.until(() => watch.runs() === 1)
  const canary = join(here.folder, 'ran')
  for (const [name, text] of Object.entries(change)) here.write(name, text.replace('FILE', canary))
  await watch.until(() => watch.said.stderr.includes('waiting for a change without errors'))
  await sleep(QUIET)
  expect(existsSync(canary)).toBe(false)
  expect(watch.runs()).toBe(1)
  watch.child.kill('SIGTERM')
  expect(await watch.over).toBe(0)
})

test('a module that is not there is waited for, and so is an import of a stage', async () => {
  const here = project({ 'a.llmpipe': 'data all = read("words.txt", split: lines)\n', 'words.txt': 'one\n' })
  const watch = watching(here, 'a.llmpipe', ['--trust-changes'])
  await watch.until(() => watch.runs() === 1)
  const errors = () => watch.said.stderr.split('waiting for a change').length - 1
  here.write('a.llmpipe', 'use "./lib/own.ts" { own }\ndata all = read("words.txt", split: lines) |> own()\n')
  await watch.until(() => errors() === 1)
  here.write(
    'lib/own.ts',
    "import { defineStep } from 'llmpipe'\nimport { up } from './up/up.ts'\nexport const own = defineStep({ summary: 'x', map: (doc) => ({ ...doc, text: up(doc.text) }) })\n",
  )
  await watch.until(() => errors() === 2)
  here.write('lib/up/up.ts', 'export const up = (text: string) => text.toUpperCase()\n')
  await watch.until(() => watch.runs() === 2)
  watch.child.kill('SIGTERM')
  expect(await watch.over).toBe(0)
})
