/** Where the store is: the folder given, else `.llmpipe` beside the program. */

import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { quoted } from '../../core/shell-word.ts'
import { type FolderStore, openStore } from '../../store/folder-store.ts'
import { mayBeStore } from '../../store/layout.ts'
import { type Options, text } from '../command.ts'
import { Refusal } from '../terminal/refusal.ts'

/**
 * The store for a program. Where no program is named, that of the folder one is in; a folder without one may have programs one level
 * down (`pipelines/`), and a single store there is meant.
 */
export function storeFor(options: Options, program?: string): FolderStore {
  const given = text(options, 'store')
  if (given !== undefined) return storeIn(given)
  return openStore(resolve(program === undefined ? storeHere() : join(dirname(program), '.llmpipe')))
}

/** The option that names the store `root` on a command line; empty if a command on `program` finds that store without it. */
export function storeOption(root: string, program: string): string {
  return resolve(dirname(program), '.llmpipe') === resolve(root) ? '' : `--store ${quoted(root)}`
}

/** The store in a folder that the user named; a Refusal where that is something else. */
export function storeIn(folder: string): FolderStore {
  if (mayBeStore(resolve(folder))) {
    checkThatItCanBeMade(folder)
    return openStore(resolve(folder))
  }
  throw new Refusal(
    `${folder} is no store: it is a file, or has other files`,
    'Name a store, or a folder that is empty or not there yet.',
  )
}

/**
 * A Refusal where a folder that is not there cannot be made either. Its first missing part is made and removed: what permissions say
 * is not all (`/proc`), and Node's recursive mkdir never returns where the system calls it a missing file.
 */
function checkThatItCanBeMade(folder: string): void {
  let missing = resolve(folder)
  if (existsSync(missing)) return
  while (!existsSync(dirname(missing))) missing = dirname(missing)
  try {
    mkdirSync(missing)
    rmdirSync(missing)
  } catch (error) {
    throw new Refusal(
      `no store can be made in ${folder}: ${(error as Error).message}`,
      'Name a folder on a disk that can be written to.',
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
