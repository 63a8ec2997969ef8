import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openScratch } from './scratch.ts'

it('the temporary folders of all tests lie in one folder of their run', () => {
  expect(tmpdir()).toMatch(/llmpipe-tests\/\d+-\w+$/)
})

it('a run of the tests removes the folders of killed runs, and none of a running one', () => {
  const base = mkdtempSync(join(tmpdir(), 'llmpipe-scratch-'))
  const { pid: ended } = spawnSync('true')
  const left = join(base, 'llmpipe-tests', `${ended}-abc`)
  mkdirSync(join(left, 'store'), { recursive: true })
  const running = openScratch(base)
  const next = openScratch(base)
  expect([left, running.folder, next.folder].map(existsSync)).toEqual([false, true, true])
  next.remove()
  expect([running.folder, next.folder].map(existsSync)).toEqual([true, false])
})
