/** The input files of a node: found by its patterns, with the digests of their bytes. */

import { statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { InputFile } from '../../core/kind/stage.ts'
import type { FilePattern, PlanNode } from '../../core/plan.ts'
import { isMissing } from '../durable.ts'
import { ggufWithin } from './gguf-within.ts'
import { isPlain, matchesOf, matching, type Unreadable } from './glob.ts'
import { type HashedFile, lookOf, type StatCache, sameLook } from './stat-cache.ts'

export interface HashedInput extends InputFile, HashedFile {}

export interface InputFiles {
  /** By setting, in the order of their names. */
  readonly files: Record<string, HashedInput[]>
  /** A sentence for each setting with entries that are left out because they cannot be read. */
  readonly warnings: readonly string[]
}

/**
 * The files of each setting of a node, in the order of their names. Rejected with a StageError if no file matches, or if a file that is named without
 * wildcards does not exist.
 */
export async function inputFiles(
  node: Pick<PlanNode, 'files'>,
  programDir: string,
  cache: StatCache,
): Promise<InputFiles> {
  const found: Record<string, HashedInput[]> = {}
  const warnings: string[] = []
  for (const [setting, pattern] of Object.entries(node.files)) {
    const folder = resolve(programDir, pattern.base)
    const { paths, unreadable } = await matchesOf(pattern.patterns, folder)
    if (paths.length === 0) throw noFiles(setting, pattern, folder, programDir, unreadable)
    if (unreadable.length > 0) warnings.push(`${setting}: left out ${inWords(unreadable)}`)
    // A named file that does not exist must not be left out silently beside others that exist.
    for (const each of pattern.patterns)
      if (isPlain(each) && (await matching([each], folder)).length === 0)
        throw noFiles(setting, { ...pattern, patterns: [each] }, folder, programDir)
    const files: HashedInput[] = []
    for (const path of paths) {
      const full = resolve(folder, path)
      files.push({ path: full, name: relative(programDir, full), ...(await hashed(full, cache, programDir)) })
    }
    found[setting] = files
  }
  return { files: found, warnings }
}

/** How many unreadable entries a message names. */
const named = 3

function inWords(unreadable: readonly Unreadable[]): string {
  const shown = unreadable.slice(0, named).map(({ path, why }) => `${path} (${why})`)
  const more = unreadable.length > named ? ` and ${unreadable.length - named} more` : ''
  return `${shown.join(', ')}${more}`
}

/** The name of a file whose bytes changed since it was hashed; `undefined` if there is none. */
export async function changedFile(
  files: Readonly<Record<string, readonly HashedInput[]>>,
  cache: StatCache,
): Promise<string | undefined> {
  for (const { path, name, look, sha256 } of Object.values(files).flat()) {
    try {
      if (sameLook(look, lookOf(path)) && !isYoung(look)) continue
      if ((await cache.hash(path)).sha256 !== sha256) return name
    } catch (error) {
      if (isMissing(error)) return name
      throw error
    }
  }
  return undefined
}

/** Whether a file was changed so lately that a further change might not show in its times. */
function isYoung([, mtimeNs, ctimeNs]: HashedFile['look']): boolean {
  return Date.now() - Math.max(Number(mtimeNs), Number(ctimeNs)) / 1e6 < 2_000
}

async function hashed(path: string, cache: StatCache, programDir: string): Promise<HashedFile> {
  try {
    return await cache.hash(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    const name = relative(programDir, path)
    throw new StageError('unreadable-file', `${name} cannot be read: ${message}`, 'Make it readable, or exclude it.')
  }
}

function noFiles(
  setting: string,
  pattern: FilePattern,
  folder: string,
  programDir: string,
  unreadable: readonly Unreadable[] = [],
): StageError {
  const [first = ''] = pattern.patterns
  const where = relative(process.cwd(), folder) || '.'
  const [gguf] = ggufWithin(pattern.patterns, folder)
  if (gguf !== undefined)
    return new StageError(
      'no-files',
      `${setting}: ${dirname(gguf)} is a folder with a GGUF file and no other files of a model`,
      `Name the file: "${gguf}".`,
    )
  if (pattern.patterns.length === 1 && isPlain(first)) {
    const isFolder = statSync(join(folder, first), { throwIfNoEntry: false })?.isDirectory() ?? false
    if (isFolder) {
      return new StageError(
        'no-files',
        `${setting}: "${first}" is a folder`,
        `Name its files, for example "${first.replace(/\/$/, '')}/*".`,
      )
    }
    return new StageError(
      'no-files',
      `${setting}: there is no file "${first}" in ${where}`,
      `Paths are relative to the folder of the file they stand in (${relative(process.cwd(), programDir) || '.'}).`,
    )
  }
  if (unreadable.length > 0) {
    return new StageError('no-files', `${setting}: no file can be read: ${inWords(unreadable)}`, 'Mend or rename them.')
  }
  const brackets = pattern.patterns.some((each) => /[[\]{}()!+@]/.test(each))
    ? ' [ ] { } ( ) ! + @ are wildcards too, unless a name that is there has them.'
    : ''
  return new StageError(
    'no-files',
    `${setting}: no file in ${where} matches ${pattern.patterns.map((each) => `"${each}"`).join(', ')}`,
    `Patterns are relative to the folder of the file they stand in; * matches within a folder, ** across folders.${brackets}`,
  )
}
