/**
 * Copies an artefact to a folder of the user. Each file is replaced whole; files of an earlier export that are no longer part
 * of it are removed, and all other files in that folder are left alone.
 */

import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { isMissing, keepIfPossible, replaceFile } from '../store/durable.ts'
import type { StatCache } from '../store/stat-cache.ts'
import type { Action, Store } from '../store/store.ts'

export interface Exported {
  /** The folder as the program gives it. */
  readonly to: string
  /** How many files were written; none where all was as it should be. */
  readonly files: number
}

/** Brings `to`, relative to the program, to what the outputs are; several outputs go to folders of their names. */
export async function exportArtefacts(
  to: string,
  outputs: Action['outputs'],
  { store, programDir, cache }: { readonly store: Store; readonly programDir: string; readonly cache: StatCache },
): Promise<Exported> {
  const folder = resolve(programDir, to)
  const several = Object.keys(outputs).length > 1
  const wanted = Object.entries(outputs).flatMap(([name, output]) =>
    output.files.map((file) => ({
      ...file,
      path: several ? `${name}/${file.path}` : file.path,
      from: join(store.artefact(output).path, file.path),
    })),
  )
  const record = exportRecord(store.root)
  const place = relative(store.root, folder)
  const names = wanted.map(({ path }) => path)
  const before = record.read()[place] ?? []
  // Before anything is written: whoever sees a file, a watch for one, is to know whose it is.
  if (names.join('\n') !== before.join('\n')) record.write(place, names)
  for (const path of before) if (!names.includes(path)) rmSync(join(folder, path), { force: true })

  let written = 0
  for (const { path, size, sha256, from } of wanted) {
    const target = join(folder, path)
    if (await isAlready(target, size, sha256, cache)) continue
    mkdirSync(dirname(target), { recursive: true })
    const mine = `${target}.${process.pid}.tmp`
    try {
      copyFileSync(from, mine)
      renameSync(mine, target)
    } catch (error) {
      rmSync(mine, { force: true })
      throw error
    }
    written++
  }
  return { to, files: written }
}

async function isAlready(path: string, size: number, sha256: string, cache: StatCache): Promise<boolean> {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isFile() === true && stat.size === size && (await cache.hash(path)).sha256 === sha256
}

type Record_ = Record<string, readonly string[]>

/** The files that were exported beside a store, by their absolute paths. */
export function exportedFiles(root: string): ReadonlySet<string> {
  const places = Object.entries(exportRecord(root).read())
  return new Set(places.flatMap(([place, names]) => names.map((name) => resolve(root, place, name))))
}

/** Which files were exported to which folder, so that those that are no longer part of it can be removed. */
function exportRecord(root: string) {
  const path = join(root, 'exports.json')
  const read = (): Record_ => {
    try {
      return JSON.parse(readFileSync(path, 'utf8'))
    } catch (error) {
      if (isMissing(error) || error instanceof SyntaxError) return {}
      throw error
    }
  }
  return {
    read,
    // Beside a store that cannot be written to, files of an earlier export may stay.
    write: (place: string, names: readonly string[]) =>
      keepIfPossible(() => replaceFile(root, path, JSON.stringify({ ...read(), [place]: names }), false)),
  }
}
