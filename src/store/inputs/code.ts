/** Code of projects that stages run: each text a file named by its SHA-256, so that what runs is what the key was made of. */

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { isMissing, makeFolder, replaceFile, statOf } from '../durable.ts'
import { prepareStore } from '../layout.ts'

/** The file of a code. */
export function codeFile(root: string, sha256: string): string {
  return join(root, 'code', `${sha256}.mjs`)
}

/** Whether a code is there. Whoever asks will want it: its time says so to `cache gc`. */
export function hasCode(root: string, sha256: string): boolean {
  return touch(codeFile(root, sha256))
}

/** How long code stays that nobody wanted, in milliseconds: longer than runs take, since one wants it again for its last stage. */
const unwanted = 30 * 24 * 3_600_000

/** Removes code that nobody wanted for a month. What is wanted later is made of its sources again. */
export function sweepCode(root: string, now = Date.now()): void {
  const folder = join(root, 'code')
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const path = join(folder, name)
    if (now - (statOf(path)?.mtimeMs ?? now) > unwanted) rmSync(path, { force: true })
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

/** Keeps a code; gives its SHA-256. */
export function saveCode(root: string, text: string): string {
  const sha256 = hashOf(text)
  const file = codeFile(root, sha256)
  prepareStore(root)
  makeFolder(root, join(root, 'code'))
  if (readOr(file) === text) touch(file)
  else replaceFile(root, file, text, false)
  return sha256
}

/** Whether a file still has the code it is named by; a StageError where it has not. */
export function checkCode(file: string, sha256: string): void {
  const text = readOr(file)
  if (text !== undefined && hashOf(text) === sha256) return
  throw new StageError(
    'missing-code',
    `the code of this stage is ${text === undefined ? 'no longer in the store' : 'damaged in the store'}`,
    'Run again: it is made of the sources once more.',
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

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
