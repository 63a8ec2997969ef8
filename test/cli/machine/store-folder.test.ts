/** Which store commands without a program look in. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { storeFor } from '../../../src/cli/program/store-folder.ts'

const before = process.cwd()
let here: string
beforeEach(() => {
  here = realpathSync(mkdtempSync(join(tmpdir(), 'llmpipe-stores-')))
  process.chdir(here)
})
afterEach(() => {
  process.chdir(before)
  rmSync(here, { recursive: true })
})
function makeStore(folder: string): void {
  mkdirSync(join(folder, '.llmpipe'), { recursive: true })
  writeFileSync(join(folder, '.llmpipe', 'layout'), '1\n')
}

describe('without a program, the store is', () => {
  test('that of this folder, even if subfolders have others', () => {
    for (const folder of ['.', 'a', 'b']) makeStore(folder)
    expect(storeFor({ store: undefined }).root).toBe(join(here, '.llmpipe'))
  })
  test('the only one in a subfolder', () => {
    mkdirSync('empty')
    makeStore('pipelines')
    expect(storeFor({ store: undefined }).root).toBe(join(here, 'pipelines', '.llmpipe'))
  })
  test('an error if several subfolders have one', () => {
    for (const folder of ['a', 'b']) makeStore(folder)
    expect(() => storeFor({ store: undefined })).toThrow(/several just below it: a\/\.llmpipe, b\/\.llmpipe/)
    expect(storeFor({ store: 'b/.llmpipe' }).root).toBe(join(here, 'b', '.llmpipe'))
  })
  test('a new one in this folder if there is none yet', () => {
    expect(storeFor({ store: undefined }).root).toBe(join(here, '.llmpipe'))
  })
})

test('the store of a program is beside the program', () => {
  makeStore('.')
  expect(storeFor({ store: undefined }, 'pipelines/a.llmpipe').root).toBe(join(here, 'pipelines', '.llmpipe'))
})
