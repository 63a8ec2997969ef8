/** The program at the top of the README compiles. */

import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { makeProject } from '../cli/rig.ts'

const program = /^```\n(use .*?)^```$/ms.exec(readFileSync('README.md', 'utf8'))?.[1] ?? ''
const project = makeProject({ 'a.llmpipe': program, 'data/prose/a.txt': 'Call me Ishmael.' })
afterAll(() => project.remove())

test('the program at the top of the README has no errors and is formatted', () => {
  const { code, stdout, stderr } = project.llmpipe(['check', 'a.llmpipe'])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toContain('a.llmpipe: no errors')
  expect(project.llmpipe(['fmt', 'a.llmpipe', '--check'])).toMatchObject({ code: 0 })
})
