/** The templates of `init` are formatted, check without a word, pass their tests, and run to their end. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { templates } from '../../src/cli/starter.ts'
import { format } from '../../src/language/format/format.ts'
import { makeProject } from './rig.ts'

const project = makeProject()
afterAll(() => project.remove())

test.each(templates)('%s', { timeout: 180_000 }, (template) => {
  expect(project.llmpipe(['init', template, '--template', template])).toMatchObject({ code: 0, stderr: '' })
  const program = `${template}/pipeline.llmpipe`
  const text = readFileSync(join(project.folder, program), 'utf8')
  expect(format(text).text).toBe(text)
  if (template === 'stage') project.llmpipe(['trust', '--yes', program])
  expect(project.llmpipe(['check', program])).toMatchObject({ code: 0, stderr: '' })
  // init.test.ts runs the first template with all of its steps.
  const fewer = template === 'pretrain' ? ['-p', 'steps=60'] : []
  const run = project.llmpipe(['run', program, '--plain', ...fewer])
  expect(run.code, run.stdout + run.stderr).toBe(0)
  if (text.includes('\ntest "')) expect(project.llmpipe(['test', program]).code).toBe(0)
  expect(readFileSync(join(project.folder, template, 'AGENTS.md'), 'utf8')).toContain('llmpipe check pipeline.llmpipe')
})
