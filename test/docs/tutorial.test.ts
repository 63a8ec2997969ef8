/** Follows the tutorial: runs every command, makes every edit, and compares every output. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeProject, type Project } from '../cli/rig.ts'
import { blocksOf, type Command, matches } from './console.ts'

const page = 'docs/guide/tutorial.md'
const program = 'pipeline.llmpipe'
const project = makeProject()
afterAll(() => project.remove())
/** The folder that `cd` has changed to. */
let at: Project = project

test.each(blocksOf(readFileSync(page, 'utf8')))(`${page}:$line`, { timeout: 120_000 }, (block) => {
  if (block.type === 'console') block.commands.forEach(follow)
  else {
    const before = readFileSync(join(at.folder, program), 'utf8')
    expect(before).toContain(block.removed)
    at.write(program, before.replace(block.removed, block.added))
  }
})

function follow({ words: [name, ...args], expected }: Command): void {
  if (name === 'cd') {
    at = project.in(args[0] ?? '.')
    return
  }
  expect(name).toBe('llmpipe')
  const { stdout, stderr } = at.llmpipe(args)
  const printed = stdout + stderr
  if (!matches(expected, printed)) expect(printed).toBe(expected)
}
