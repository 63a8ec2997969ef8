/** A new project: `init`, `check`, `run`, `generate`, as the first minutes with llmpipe go. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { format } from '../../src/language/format/format.ts'
import { makeProject } from './rig.ts'

const project = makeProject()
afterAll(() => project.remove())

test('a project made by init checks, runs and generates text', { timeout: 120_000 }, () => {
  const made = project.llmpipe(['init', 'mine'])
  expect(made.code).toBe(0)
  expect(made.stdout).toContain('llmpipe run mine/pipeline.llmpipe')
  const program = join('mine', 'pipeline.llmpipe')
  const text = readFileSync(join(project.folder, program), 'utf8')
  expect(format(text).text).toBe(text)
  expect(project.llmpipe(['check', program])).toMatchObject({ code: 0, stderr: '' })
  const run = project.llmpipe(['run', program])
  expect(run.code, run.stdout).toBe(0)
  for (const words of ['held-out loss', 'bits per byte', 'it writes', 'llmpipe show'])
    expect(run.stdout).toContain(words)
  expect(project.llmpipe(['generate', program, 'base', 'Call me', '-n', '5']).stdout).toMatch(/^Call me/)
})

test('the commands that init prints can be pasted if the path has blanks', () => {
  const { stdout } = project.llmpipe(['init', 'my models/first'])
  expect(stdout).toContain("llmpipe run 'my models/first/pipeline.llmpipe'")
})

test('init refuses a file in the place of its folder', () => {
  project.write('a-file', '')
  expect(project.llmpipe(['init', 'a-file'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('a-file is a file, not a folder'),
  })
})

test('init does not overwrite anything', () => {
  project.write('there/pipeline.llmpipe', '// mine\n')
  expect(project.llmpipe(['init', 'there'])).toMatchObject({ code: 2, stdout: '' })
  expect(readFileSync(join(project.folder, 'there/pipeline.llmpipe'), 'utf8')).toBe('// mine\n')
})
