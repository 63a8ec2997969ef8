/** Modules of npm packages, installed by the real npm from packed files. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeProject } from '../../rig.ts'

const project = makeProject({
  'package.json': '{ "name": "mine", "version": "1.0.0", "private": true }',
  'prose.txt': 'Call me Ishmael.\n\nSome years ago, never mind how long precisely.\n\nLoomings. A whale.\n',
  'sub/p.llmpipe': `use "npm:recipes/clean" { long }
data prose = read("../prose.txt", split: paragraphs) |> long()
`,
})
afterAll(() => project.remove())

function npm(folder: string, ...args: string[]): void {
  const all = [...args, '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, stderr } = spawnSync('npm', all, { cwd: join(project.folder, folder), encoding: 'utf8' })
  expect(stderr.replace(/^npm warn.*\n/gm, '')).toBe('')
  expect(status).toBe(0)
}

function publish(version: string, least: number): void {
  project.write('recipes/package.json', JSON.stringify({ name: 'recipes', version }))
  project.write('recipes/clean.llmpipe', 'use "./rules.llmpipe" { wordy }\nop long(docs) = docs |> wordy()\n')
  project.write('recipes/rules.llmpipe', `/// Long documents.\nfilter wordy() { words >= ${least} }\n`)
  npm('recipes', 'pack')
}

test('a module of an installed and locked package is used, and `why` names the versions', () => {
  publish('1.0.0', 2)
  const before = project.in('sub').llmpipe(['check', 'p.llmpipe'])
  expect(before.code).toBe(2)
  expect(before.stdout).toContain('error[E0611]: The package `recipes` is not installed.')
  expect(before.stdout).toContain('npm install recipes')
  npm('.', 'install', './recipes/recipes-1.0.0.tgz')
  // The same file from another folder: its package is found upwards of the file, not of the current folder.
  expect(project.llmpipe(['check', 'sub/p.llmpipe']).stdout).toContain('no errors')
  const first = project.in('sub').llmpipe(['run', 'p.llmpipe', '--plain'])
  expect(first).toMatchObject({ code: 0, stderr: '' })

  publish('1.1.0', 4)
  npm('.', 'install', './recipes/recipes-1.1.0.tgz')
  const why = project.in('sub').llmpipe(['why', 'p.llmpipe', 'prose']).stdout
  expect(why).toMatch(/wordy: words >= 2 → words >= 4/)
  expect(why).toContain('the package recipes: 1.0.0 → 1.1.0')
  expect(project.in('sub').llmpipe(['run', 'p.llmpipe', '--plain']).code).toBe(0)
  // A version that changes no rule is not in the key.
  publish('1.2.0', 4)
  npm('.', 'install', './recipes/recipes-1.2.0.tgz')
  expect(project.in('sub').llmpipe(['plan', 'p.llmpipe']).stdout).toMatch(/prose +documents +cached/)
})

test('a package that differs from its lock, and a module that links out of its package, are errors', () => {
  const check = () => project.llmpipe(['check', 'sub/p.llmpipe'])
  const manifest = 'node_modules/recipes/package.json'
  // `run` remembers the plan of a program that did not change, and this one did.
  expect(project.llmpipe(['run', 'sub/p.llmpipe', '--plain']).code).toBe(0)
  project.write(manifest, '{ "version": "3.0.0" }')
  expect(check().stdout).toContain('package-lock.json has version 1.2.0, and 3.0.0 is installed')
  expect(project.llmpipe(['run', 'sub/p.llmpipe', '--plain']).code).toBe(2)
  project.write(manifest, '{ "version": "1.2.0" }')
  expect(check().code).toBe(0)
  const rules = join(project.folder, 'node_modules/recipes/rules.llmpipe')
  rmSync(rules)
  mkdirSync(join(project.folder, 'outside'))
  writeFileSync(join(project.folder, 'outside/rules.llmpipe'), 'filter wordy() { words >= 9 }\n')
  symlinkSync(join(project.folder, 'outside/rules.llmpipe'), rules)
  expect(check().stdout).toContain('error[E0612]: `./rules.llmpipe` names no file of a package.')
})
