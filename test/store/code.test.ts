/** Code kept in the store by its digest. */

import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkCode, codeFile, hasCode, saveCode, sweepCode } from '../../src/store/inputs/code.ts'

const root = mkdtempSync(join(tmpdir(), 'llmpipe-code-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('only code with the stored digest is executed', () => {
  const sha256 = saveCode(root, 'export const a = 1\n')
  expect(saveCode(root, 'export const a = 1\n')).toBe(sha256)
  const file = codeFile(root, sha256)
  checkCode(file, sha256)
  writeFileSync(file, 'export const a = 2\n')
  expect(() => checkCode(file, sha256)).toThrow('corrupt')
  // Kept once more, it is whole again.
  saveCode(root, 'export const a = 1\n')
  checkCode(file, sha256)
  rmSync(file)
  expect(hasCode(root, sha256)).toBe(false)
  expect(() => checkCode(file, sha256)).toThrow('no longer in the store')
})

test('code that nobody wanted for a month goes, and no other', () => {
  const [old, again] = ['old', 'again'].map((text) => saveCode(root, text)) as [string, string]
  const month = new Date(Date.now() - 31 * 24 * 3_600_000)
  for (const each of [old, again]) utimesSync(codeFile(root, each), month, month)
  expect(hasCode(root, again)).toBe(true)
  sweepCode(root)
  expect([hasCode(root, old), hasCode(root, again)]).toEqual([false, true])
})
