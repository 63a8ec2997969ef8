/** What lies in the folder of an export, compared with what is to lie there. */

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
  /** Where its bytes are in the store. */
  readonly from: string
}

/** What lies where a file of an export belongs. */
export type Found =
  | { readonly type: 'absent' }
  /** The very bytes. */
  | { readonly type: 'same' }
  /** What an earlier export of this program wrote. */
  | { readonly type: 'earlier'; readonly sha256: string }
  /** Something that the export may replace only with `--overwrite`. */
  | { readonly type: 'kept'; readonly why: 'edited' | 'foreign' | 'of another program'; readonly sha256?: string }
  /** Something that no export replaces. */
  | { readonly type: 'blocked'; readonly why: string }

export interface FoundFile {
  readonly file: WantedFile
  readonly there: Found
}

/** What lies in a folder where a file belongs. `folder` is a real place. */
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
    return link.isSymbolicLink() ? { type: 'kept', why: 'foreign' } : { type: 'blocked', why: `${path} is no file` }
  const known = own?.get(path)
  // Its bytes need not be read where even its size says that they are others, and nobody knows them.
  if (file.size !== size && known === undefined) return { type: 'kept', why: whose(path, others) }
  const found = (await cache.hash(target)).sha256
  if (found === sha256) return { type: 'same' }
  if (link.isSymbolicLink()) return { type: 'kept', why: 'foreign', sha256: found }
  if (known?.includes(found)) return { type: 'earlier', sha256: found }
  return { type: 'kept', why: known === undefined ? whose(path, others) : 'edited', sha256: found }
}

function whose(path: string, others: ExportRecord): 'foreign' | 'of another program' {
  return [...others.values()].some((files) => files.has(path)) ? 'of another program' : 'foreign'
}

/** Whether a path stays in the folder, and leads through folders only. */
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

/** What is at a path itself, links not followed. */
function lookOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** A file of an earlier export that is no longer part of it: `earlier` if it is as it was written. */
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
