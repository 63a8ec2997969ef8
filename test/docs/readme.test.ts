/** The program that the README opens with is one. */

import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { makeProject } from '../cli/rig.ts'

const program = /^```\n(use .*?)^```$/ms.exec(readFileSync('README.md', 'utf8'))?.[1] ?? ''
const project = makeProject({ 'a.llmpipe': program, 'data/prose/a.txt': 'Call me Ishmael.' })
afterAll(() => project.remove())

test('it checks, and is formatted', () => {
  const { code, stdout, stderr } = project.llmpipe(['check', 'a.llmpipe'])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toContain('a.llmpipe: no errors')
  expect(project.llmpipe(['fmt', 'a.llmpipe', '--check'])).toMatchObject({ code: 0 })
})
