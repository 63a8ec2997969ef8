/** The store of a call: the folder that `--store` names, or else `.llmpipe` beside the program. */

import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { quoted } from '../../core/values/shell-word.ts'
import { type FolderStore, openStore } from '../../store/folder-store.ts'
import { mayBeStore } from '../../store/layout.ts'
import type { StoreOptions } from '../common-options.ts'
import { Refusal } from '../terminal/refusal.ts'

/**
 * Opens the store of a call. Without a program, the store of the current folder is meant; if that folder has none, the only store one
 * level below it (`pipelines/.llmpipe`).
 */
export function storeFor({ store }: StoreOptions, program?: string): FolderStore {
  if (store !== undefined) return storeIn(store)
  return openStore(resolve(program === undefined ? storeHere() : join(dirname(program), '.llmpipe')))
}

/** The option that names the store `root` on a command line; empty if a command on `program` finds that store without it. */
export function storeWords(root: string, program: string): string {
  return resolve(dirname(program), '.llmpipe') === resolve(root) ? '' : `--store ${quoted(root)}`
}

/** Opens the store in a folder that the user named. Throws a Refusal if the folder has other files, or cannot be created. */
export function storeIn(folder: string): FolderStore {
  if (mayBeStore(resolve(folder))) {
    checkCreatable(folder)
    return openStore(resolve(folder))
  }
  throw new Refusal(
    `${folder} is not a store: it is a file, or a folder with other files`,
    'Name a store, an empty folder, or a folder that does not exist yet.',
  )
}

/**
 * Throws a Refusal if a missing folder cannot be created. The function creates its first missing parent and removes it again, because
 * permissions do not tell the whole truth (`/proc`), and Node's recursive mkdir never returns where the system reports a missing file.
 */
function checkCreatable(folder: string): void {
  let missing = resolve(folder)
  if (existsSync(missing)) return
  while (!existsSync(dirname(missing))) missing = dirname(missing)
  try {
    mkdirSync(missing)
    rmdirSync(missing)
  } catch (error) {
    throw new Refusal(
      `${folder} cannot be created: ${(error as Error).message}`,
      'Name a folder on a disk that is writable.',
    )
  }
}

function storeHere(): string {
  if (existsSync('.llmpipe')) return '.llmpipe'
  const below = readdirSync('.', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(entry.name, '.llmpipe', 'layout')))
    .map(({ name }) => join(name, '.llmpipe'))
    .sort()
  if (below.length > 1)
    throw new Refusal(
      `there is no store in this folder, and several just below it: ${below.join(', ')}`,
      `Say which is meant: --store ${below[0]}`,
    )
  return below[0] ?? '.llmpipe'
}
