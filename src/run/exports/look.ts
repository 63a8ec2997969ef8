/** Compares the folder of an export with the files that are to be exported. */

import { lstatSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isMissing } from '../../store/durable.ts'
import type { StatCache } from '../../store/inputs/stat-cache.ts'
import { isIn, placeOf } from '../../store/place.ts'
import type { ExportedFiles, ExportRecord } from './record.ts'

export interface WantedFile {
  /** Relative to the folder, with `/`. */
  readonly path: string
  readonly size: number
  readonly sha256: string
  /** The path of its bytes in the store. */
  readonly from: string
}

/** The state of the place of an exported file. */
export type Found =
  | { readonly type: 'absent' }
  /** A file with exactly the wanted bytes. */
  | { readonly type: 'same' }
  /** A file that an earlier export of this program wrote. */
  | { readonly type: 'earlier'; readonly sha256: string }
  /** A file that the export replaces only with `--overwrite`. */
  | { readonly type: 'kept'; readonly why: 'edited' | 'foreign' | 'of another program'; readonly sha256?: string }
  /** Something that no export replaces. */
  | { readonly type: 'blocked'; readonly why: string }

export interface FoundFile {
  readonly file: WantedFile
  readonly there: Found
}

/** Looks at the place of a file in a folder. `folder` is a path without links. */
export async function lookAt(
  folder: string,
  { path, size, sha256 }: Pick<WantedFile, 'path' | 'size' | 'sha256'>,
  own: ExportedFiles | undefined,
  others: ExportRecord,
  cache: StatCache,
): Promise<Found> {
  const target = join(folder, path)
  const link = lookOf(target)
  if (link === undefined) return wayIsFree(folder, path)
  const outside = wayIsFree(folder, path)
  if (outside.type === 'blocked') return outside
  if (link.isDirectory()) return { type: 'blocked', why: `${path} is a folder` }
  const file = link.isSymbolicLink() ? statSync(target, { throwIfNoEntry: false }) : link
  if (file === undefined || !file.isFile())
    return link.isSymbolicLink() ? { type: 'kept', why: 'foreign' } : { type: 'blocked', why: `${path} is not a file` }
  const known = own?.get(path)
  // Its bytes need not be read if its size differs already and no record knows the file.
  if (file.size !== size && known === undefined && whose(path, others) === 'foreign')
    return { type: 'kept', why: 'foreign' }
  const found = (await cache.hash(target)).sha256
  if (found === sha256) return { type: 'same' }
  if (link.isSymbolicLink()) return { type: 'kept', why: 'foreign', sha256: found }
  if (known?.includes(found)) return { type: 'earlier', sha256: found }
  return { type: 'kept', why: known === undefined ? whose(path, others) : 'edited', sha256: found }
}

function whose(path: string, others: ExportRecord): 'foreign' | 'of another program' {
  return [...others.values()].some((files) => files.has(path)) ? 'of another program' : 'foreign'
}

/** Whether a path leads only through folders, and does not leave `folder`. */
function wayIsFree(folder: string, path: string): Found {
  const parts = path.split('/').slice(0, -1)
  for (let i = 1; i <= parts.length; i++) {
    const name = parts.slice(0, i).join('/')
    const stat = statSync(join(folder, name), { throwIfNoEntry: false })
    if (stat === undefined && lookOf(join(folder, name)) === undefined) return { type: 'absent' }
    if (stat?.isDirectory() !== true) return { type: 'blocked', why: `${name} is not a folder` }
    if (!isIn(folder, placeOf(join(folder, name))))
      return { type: 'blocked', why: `${name} is a link that leads out of the folder` }
  }
  return { type: 'absent' }
}

/** The stat of a path without following a link; `undefined` if nothing is there. */
function lookOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Looks at a file of an earlier export that is no longer part of the export: `earlier` if it has not changed since. */
export async function lookAtLeft(
  folder: string,
  path: string,
  own: ExportedFiles,
  cache: StatCache,
): Promise<'absent' | 'earlier' | 'edited'> {
  const target = join(folder, path)
  const stat = lookOf(target)
  if (stat === undefined || !isIn(folder, placeOf(dirname(target)))) return 'absent'
  if (!stat.isFile()) return 'edited'
  return own.get(path)?.includes((await cache.hash(target)).sha256) ? 'earlier' : 'edited'
}
