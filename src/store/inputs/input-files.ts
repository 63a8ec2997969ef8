/** The input files of a node: found by its patterns, with the digests of their bytes. */

import { readFileSync } from 'node:fs'
import { basename, relative, resolve } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { InputFile } from '../../core/kind/stage.ts'
import { refuseLfsPointer } from '../../core/lfs-pointer.ts'
import type { FilePattern, PlanNode } from '../../core/plan.ts'
import { isMissing } from '../durable.ts'
import { identityOf, isInBucket, objectsMatching, urlOf } from './buckets.ts'
import { isPlain, matchesOf, matching, type Unreadable } from './glob.ts'
import { noFiles, unreadableInWords } from './no-files.ts'
import { type SourcePattern, sourcesOf } from './sources.ts'
import { type HashedFile, lookOf, type StatCache, sameLook } from './stat-cache.ts'

/** The file with the provenance of an export. It says how the other files came to be, so a folder that is read is the same without it. */
export const provenanceFile = 'provenance.json'

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
    if (pattern.through !== undefined || pattern.patterns.some(isInBucket)) {
      const followed = await followedFiles(setting, pattern, programDir, cache)
      found[setting] = followed.files
      warnings.push(...followed.warnings)
      continue
    }
    const folder = resolve(programDir, pattern.base)
    const { paths: matches, unreadable } = await matchesOf(pattern.patterns, folder)
    // A folder of weights, which an export may have written.
    const isModel = pattern.patterns.some((each) => basename(each) === '*.safetensors')
    const paths = isModel ? matches.filter((path) => basename(path) !== provenanceFile) : matches
    if (paths.length === 0) throw noFiles(setting, pattern, folder, programDir, unreadable)
    if (unreadable.length > 0) warnings.push(`${setting}: left out ${unreadableInWords(unreadable)}`)
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

/** The files of a setting whose patterns lead through a list or a data set, or into a bucket. */
async function followedFiles(
  setting: string,
  pattern: FilePattern,
  programDir: string,
  cache: StatCache,
): Promise<{ readonly files: HashedInput[]; readonly warnings: readonly string[] }> {
  const { sources, warnings } = await sourcesOf(setting, pattern, programDir)
  const files = new Map<string, HashedInput>()
  const missing: SourcePattern[] = []
  const leftOut: Unreadable[] = []
  for (const source of sources) {
    const before = files.size
    if (isInBucket(source.pattern)) {
      const objects = await objectsMatching(source.pattern)
      for (const each of objects) {
        const name = urlOf(each)
        files.set(name, {
          path: '',
          name,
          size: each.object.size,
          sha256: identityOf(each),
          look: noLook,
          source: each,
        })
      }
      if (objects.length === 0) missing.push(source)
      continue
    }
    const { paths, unreadable } = await matchesOf([source.pattern], source.folder)
    leftOut.push(...unreadable)
    for (const path of paths) {
      const full = resolve(source.folder, path)
      const name = relative(programDir, full)
      if (!files.has(name)) files.set(name, { path: full, name, ...(await hashed(full, cache, programDir)) })
    }
    if (paths.length === 0 && files.size === before) missing.push(source)
  }
  if (missing.length > 0) throw nothingThere(setting, missing)
  const more = leftOut.length === 0 ? [] : [`${setting}: left out ${unreadableInWords(leftOut)}`]
  const byName = [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { files: byName, warnings: [...warnings, ...more] }
}

/** An object in a bucket is not looked at: its ETag tells whether it changed. */
const noLook: HashedFile['look'] = ['', '', '', '']

function nothingThere(setting: string, missing: readonly SourcePattern[]): StageError {
  const [{ pattern, place, folder }] = missing as [SourcePattern]
  const others = missing.length > 1 ? `, nor ${missing.length - 1} more` : ''
  const where = isInBucket(pattern) ? '' : ` in ${relative(process.cwd(), folder) || '.'}`
  const what = /[*?]/.test(pattern) ? `nothing matches "${pattern}"` : `there is no file "${pattern}"`
  return new StageError(
    'no-files',
    `${setting}: ${place === undefined ? '' : `${place}: `}${what}${where}${others}`,
    place === undefined
      ? 'Look at the name of the bucket and the key; * matches up to the next /, and ** across them.'
      : 'Relative paths of a list are relative to the folder of the list, or to `under`.',
  )
}

/** The name of a file whose bytes changed since it was hashed; `undefined` if there is none. */
export async function changedFile(
  files: Readonly<Record<string, readonly HashedInput[]>>,
  cache: StatCache,
): Promise<string | undefined> {
  for (const { path, name, look, sha256, source } of Object.values(files).flat()) {
    // The download of an object fails if its ETag is another one.
    if (source !== undefined) continue
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
    const file = await cache.hash(path)
    refuseLfsPointer(relative(programDir, path), file.size, () => readFileSync(path), 'unreadable-file')
    return file
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof StageError || code === undefined) throw error
    const name = relative(programDir, path)
    throw new StageError('unreadable-file', `${name} cannot be read: ${message}`, 'Make it readable, or exclude it.')
  }
}
