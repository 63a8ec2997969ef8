/** Follows the pages that have sessions: runs every command, makes every edit of the program, and compares every output. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { makeProject, type Project } from '../cli/rig.ts'
import { blocksOf, type Command, matches } from './console.ts'

const program = 'pipeline.llmpipe'
/** The pages with sessions. */
const concepts = readdirSync('docs/concepts').filter(
  (name) => blocksOf(readFileSync(join('docs/concepts', name), 'utf8')).length > 0,
)

describe.each(['docs/guide/tutorial.md', ...concepts.map((name) => `docs/concepts/${name}`)])('%s', (page) => {
  const project = makeProject()
  afterAll(() => project.remove())
  /** The folder that `cd` has changed to. */
  let at: Project = project

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

  test.each(blocksOf(readFileSync(page, 'utf8')))('the block on line $line is true', { timeout: 120_000 }, (block) => {
    if (block.type === 'console') block.commands.forEach(follow)
    else {
      const before = readFileSync(join(at.folder, program), 'utf8')
      expect(before).toContain(block.removed)
      at.write(program, before.replace(block.removed, block.added))
    }
  })
})
