/** The folder of an export before anything is exported: whether it can be exported to, and which files exports wrote there. */

import { accessSync, constants, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Plan } from '../../core/plan.ts'
import { namesIn } from '../../store/care/inventory.ts'
import { isIn, placeOf } from '../../store/place.ts'
import { conflict, listed } from './messages.ts'
import { readExportRecord, recordName } from './record.ts'

export interface Exporter {
  readonly programDir: string
  /** The path of the program. */
  readonly program: string
}

/** Throws a StageError `export-conflict` if nothing can ever be exported to a folder. `folder` is a path without links. */
export function checkFolder(to: string, folder: string, storeRoot: string): void {
  if (isIn(placeOf(storeRoot), folder))
    throw conflict(
      `"${to}" lies in the store ${storeRoot}, which only llmpipe may write to`,
      'Export to another folder.',
    )
  for (let at = folder; ; at = dirname(at)) {
    const stat = statOrMissing(at)
    if (stat?.isDirectory()) return
    if (stat !== undefined) {
      const what = at === folder ? `"${to}"` : `"${to}" cannot be made: ${at}`
      throw conflict(`${what} is a file, not a folder`, 'Export to another folder, or move the file away.')
    }
    if (dirname(at) === at) return
  }
}

/**
 * The reason why an export may fail, known before the run: the folder is read-only, or has files of artefacts that no export of the program wrote.
 * `undefined` if there is none.
 */
export function exportTrouble(to: string, { programDir, program }: Exporter): string | undefined {
  const folder = placeOf(resolve(programDir, to))
  let there = folder
  while (statOrMissing(there) === undefined) there = dirname(there)
  if (!isWritable(there)) return `"${to}" cannot be written to`
  if (there !== folder) return undefined
  const own = readExportRecord(folder).get(selfIn(folder, { programDir, program }))
  const strange = own === undefined ? namesIn(folder).filter((name) => artefactFile.test(name)) : []
  if (strange.length === 0) return undefined
  return `"${to}" has files that this program did not export (${listed(strange)}): it replaces them only with --overwrite`
}

/** The names of files that artefacts have. */
const artefactFile = /\.(jsonl?|safetensors|bin|jinja)$/

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The program as the record in a folder names it: a path relative to the folder. */
export function selfIn(folder: string, { programDir, program }: Exporter): string {
  return relative(folder, join(placeOf(programDir), basename(program)))
}

/** The absolute paths of the files that exports of a plan wrote, and of their records. */
export function exportedFiles(plan: Plan | undefined, programDir: string): ReadonlySet<string> {
  const folders = (plan?.nodes ?? []).flatMap(({ exportTo }) => (exportTo === undefined ? [] : [exportTo]))
  return new Set(
    folders.flatMap((to) => {
      const folder = resolve(programDir, to)
      const names = [...readExportRecord(folder).values()].flatMap((files) => [...files.keys()])
      return [recordName, ...names].map((name) => join(folder, name))
    }),
  )
}

function statOrMissing(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    // Something on the way is a file.
    return undefined
  }
}
