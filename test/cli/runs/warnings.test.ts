/** Warnings about a program: every run prints them, and a run of an unchanged program does not compile it for that. */

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeProject } from '../rig.ts'

const program = 'data docs = read("a.txt")\ndata unique = dedup(docs, exact)\nlet unused = 3\n'
const project = makeProject({ 'a.llmpipe': program, 'a.txt': 'One line.\n' })
const run = () => project.llmpipe(['run', 'a.llmpipe', '--plain'])
afterAll(() => project.remove())

/** The identity of the file with the remembered plan. Each compilation writes the file anew. */
function memo(): number {
  const folder = join(project.folder, '.llmpipe/memo')
  const [name = '', ...others] = readdirSync(folder)
  expect(others).toEqual([])
  return statSync(join(folder, name)).ino
}

test('an unchanged program with warnings is compiled once, and prints them in every run', () => {
  const first = run()
  expect(first.code).toBe(0)
  expect(first.stderr).toContain('W0212')
  expect(first.stderr).toContain('3 | let unused = 3')
  const known = memo()
  const second = run()
  expect(second.stdout).toContain('0 ran, 2 cached')
  expect(second.stderr).toBe(first.stderr)
  expect(memo()).toBe(known)
})

test('a comment above moves the place of a warning', () => {
  project.write('a.llmpipe', `// A comment.\n${program}`)
  expect(run().stderr).toContain('4 | let unused = 3')
})

test('a new comment that looks like a division is warned of', () => {
  project.write('a.llmpipe', 'data docs = read("a.txt")\ndata some = dedup(docs, exact)\n')
  expect(run().stderr).toBe('')
  project.write('a.llmpipe', 'data docs = read("a.txt") // 2\ndata some = dedup(docs, exact)\n')
  expect(run().stderr).toContain('W0326')
})
