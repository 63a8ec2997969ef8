/** Follows the patterns of a setting to those of files: through lists of paths, and into folders that are laid out as data sets. */

import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { StageError } from '../../core/failure.ts'
import type { FilePattern } from '../../core/plan.ts'
import { isInBucket } from './buckets.ts'
import { datasetFiles } from './dataset/dataset.ts'
import { matchesOf } from './glob.ts'

/** A path or a pattern that leads to files. */
export interface SourcePattern {
  readonly pattern: string
  /** The folder that the pattern is relative to. */
  readonly folder: string
  /** Where a list names it: `files.txt:3`. */
  readonly place?: string
}

export interface Sources {
  readonly sources: readonly SourcePattern[]
  /** The lists that were read, as paths. */
  readonly lists: readonly string[]
  /** Sentences about files that are left out. */
  readonly warnings: readonly string[]
}

/** The longest list, in bytes once it is unpacked. */
const longestList = 2 ** 28

/** Follows a pattern. Throws a StageError if a list or a data set cannot be read. `setting`: its name, for messages. */
export async function sourcesOf(setting: string, pattern: FilePattern, programDir: string): Promise<Sources> {
  const { patterns, base, through } = pattern
  const folder = resolve(programDir, base)
  if (through === undefined)
    return { sources: patterns.map((each) => ({ pattern: each, folder })), lists: [], warnings: [] }
  if (through.type === 'list') return listed(setting, patterns, folder, through.under, programDir)
  const [name = ''] = patterns
  if (isInBucket(name))
    throw new StageError(
      'bad-dataset',
      `the data set ${name} is in a bucket, and only folders of this machine are looked through`,
      'Name its files: read("s3://bucket/data/train-*.parquet").',
    )
  const { paths, leftOut } = datasetFiles(resolve(folder, name), name, through)
  const [first] = leftOut
  const others = leftOut.length > 1 ? ` and ${leftOut.length - 1} more` : ''
  const warnings = first === undefined ? [] : [`${setting}: left out ${first}${others}, which has another format`]
  const within = resolve(folder, name)
  return { sources: paths.map((path) => ({ pattern: path, folder: within })), lists: [], warnings }
}

async function listed(
  setting: string,
  patterns: readonly string[],
  folder: string,
  under: string | undefined,
  programDir: string,
): Promise<Sources> {
  const { paths } = await matchesOf(patterns, folder)
  if (paths.length === 0)
    throw new StageError(
      'no-files',
      `${setting}: there is no list ${patterns.map((each) => `"${each}"`).join(', ')} in ${relative(process.cwd(), folder) || '.'}`,
      'A list is a text file with a path or a pattern a line.',
    )
  const lists = paths.map((path) => resolve(folder, path))
  const sources = new Map<string, SourcePattern>()
  let repeated = 0
  for (const list of lists) {
    const name = relative(programDir, list)
    const home = under === undefined || isInBucket(under) ? dirname(list) : resolve(folder, under)
    for (const { text, line } of linesOf(list, name)) {
      const isBelow = under !== undefined && isInBucket(under) && !isInBucket(text)
      const written = isBelow ? `${under.replace(/\/+$/, '')}/${text.replace(/^\/+/, '')}` : text
      const key = isInBucket(written) ? written : resolve(home, written)
      if (sources.has(key)) repeated++
      else sources.set(key, { pattern: written, folder: home, place: `${name}:${line}` })
    }
  }
  if (sources.size === 0)
    throw new StageError(
      'no-files',
      `${setting}: ${paths.join(', ')} lists no file`,
      'Write a path or a pattern a line.',
    )
  const warnings =
    repeated === 0 ? [] : [`${setting}: ${repeated} of the listed paths are listed before, and are read once`]
  return { sources: [...sources.values()], lists, warnings }
}

/** The lines of a list that are not empty and do not begin with `#`, without white space around them. The list may be packed with gzip. */
function linesOf(path: string, name: string): { readonly text: string; readonly line: number }[] {
  const fail = (problem: string) =>
    new StageError(
      'unreadable-file',
      `the list ${name} ${problem}`,
      'A list is text in UTF-8, with a path or a pattern a line.',
    )
  let text: string
  try {
    const bytes = readFileSync(path)
    const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: longestList }) : bytes
    if (plain.length > longestList) throw fail(`has more than ${longestList / 2 ** 20} MiB`)
    text = new TextDecoder('utf-8', { fatal: true }).decode(plain)
  } catch (error) {
    throw error instanceof StageError ? error : fail(`cannot be read: ${(error as Error).message}`)
  }
  if (text.includes('\0')) throw fail('is not text')
  return text
    .split('\n')
    .map((each, index) => ({ text: each.trim(), line: index + 1 }))
    .filter(({ text: each }) => each !== '' && !each.startsWith('#'))
}
