/** A payload is a folder of ordinary files. Its digest identifies it. */

import { readdirSync } from 'node:fs'
import { chmod, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest } from '../core/artefact.ts'
import { StageError } from '../core/failure.ts'
import { canonical } from '../core/values/json.ts'
import { sha256 } from '../core/values/sha256.ts'
import { statOf, syncFolder } from './durable.ts'
import { hashFile } from './inputs/hash-file.ts'
import type { PayloadFile } from './store.ts'

/** The digest of a payload: the SHA-256 of its sorted list of paths, sizes and SHA-256s. */
export function digestOf(files: readonly PayloadFile[]): Digest {
  const rows = files.map(({ path, size, sha256 }) => [path, size, sha256])
  return sha256(canonical(rows)) as Digest
}

/** Makes the files of a folder durable and read-only, and returns them with their digests, sorted by path. */
export async function sealPayload(folder: string): Promise<PayloadFile[]> {
  const { files, folders } = listFolder(folder)
  const listed: PayloadFile[] = []
  for (const path of files) {
    const full = join(folder, path)
    const { sha256, size } = await hashFile(full)
    const file = await open(full, 'r')
    await file.sync()
    await file.close()
    await chmod(full, 0o444)
    listed.push({ path, size, sha256 })
  }
  for (const path of folders) syncFolder(join(folder, path))
  return listed
}

/** Whether a folder has the listed files with their sizes. This is cheap; `damageOf` reads the bytes. */
export function hasFiles(folder: string, files: readonly PayloadFile[]): boolean {
  if (files.length === 0) return statOf(folder)?.isDirectory() ?? false
  return files.every(({ path, size }) => {
    const stat = statOf(join(folder, path))
    return stat?.isFile() === true && stat.size === size
  })
}

/** The first file that is missing, unlisted, or has other bytes than listed; `undefined` if the payload is whole. */
export async function damageOf(folder: string, files: readonly PayloadFile[]): Promise<string | undefined> {
  const expected = new Set(files.map(({ path }) => path))
  try {
    const extra = listFolder(folder).files.find((path) => !expected.has(path))
    if (extra !== undefined) return extra
  } catch (error) {
    // A link or a pipe: no stage can have made it.
    if (error instanceof StageError) return 'something that is neither a file nor a folder'
    throw error
  }
  for (const { path, size, sha256 } of files) {
    const found = statOf(join(folder, path))
    if (found?.size !== size || (await hashFile(join(folder, path))).sha256 !== sha256) return path
  }
  return undefined
}

/** Whether a path, with `/`, stays in the folder that it is relative to. Records may come from elsewhere. */
export function isPathWithin(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

/** All files and folders in a folder at any depth, as relative paths with `/`; the files are sorted. `''` is the folder itself. */
export function listFolder(folder: string): { files: string[]; folders: string[] } {
  const files: string[] = []
  const folders = ['']
  for (const at of folders) {
    for (const entry of readdirSync(join(folder, at), { withFileTypes: true })) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      if (entry.isDirectory()) folders.push(path)
      else if (entry.isFile()) files.push(path)
      else throw new StageError('bad-output', `the output has ${path}, which is neither a file nor a folder`)
    }
  }
  return { files: files.sort(), folders }
}
