/** Keeps the code of custom stages in files named by their SHA-256, so that the code that runs is the code in the key. */

import { existsSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { sha256 } from '../../core/values/sha256.ts'
import { isMissing, makeFolder, replaceFile, statOf } from '../durable.ts'
import { prepareStore } from '../layout.ts'

/** The path of the file for some code. */
export function codeFile(root: string, sha256: string): string {
  return join(root, 'code', `${sha256}.mjs`)
}

/** Whether the store has some code. It is marked as used, so that `cache gc` keeps it. */
export function hasCode(root: string, sha256: string): boolean {
  return touch(codeFile(root, sha256))
}

/** How long unused code is kept, in milliseconds: longer than a run takes, which may need it again for its last stage. */
const longestUnused = 30 * 24 * 3_600_000

/**
 * Removes the code of custom stages in `code/` of the store that no run used for a month. If it is needed later, it is bundled from its sources
 * again. `now` is in milliseconds since 1970.
 */
export function sweepCode(root: string, now = Date.now()): void {
  const folder = join(root, 'code')
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const path = join(folder, name)
    if (now - (statOf(path)?.mtimeMs ?? now) > longestUnused) rmSync(path, { force: true })
  }
}

function touch(file: string): boolean {
  try {
    const now = new Date()
    utimesSync(file, now, now)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** Keeps some code, and returns its SHA-256. */
export function saveCode(root: string, text: string): string {
  const digest = sha256(text)
  const file = codeFile(root, digest)
  prepareStore(root)
  makeFolder(root, join(root, 'code'))
  if (readOr(file) === text) touch(file)
  else replaceFile(root, file, text, false)
  return digest
}

/** Throws a StageError `missing-code` if a file does not have the code that it is named after. */
export function checkCode(file: string, digest: string): void {
  const text = readOr(file)
  if (text !== undefined && sha256(text) === digest) return
  throw new StageError(
    'missing-code',
    `the code of this stage is ${text === undefined ? 'no longer in the store' : 'corrupt in the store'}`,
    'Run again: the code is bundled from its sources once more.',
  )
}

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
