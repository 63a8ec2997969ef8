/** Files by patterns. The usual ones (`data/*.txt`) are matched here; only for others is tinyglobby loaded. */

import { type Dirent, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { isMissing, statOf } from './durable.ts'

/** The files that match any of the patterns, as sorted paths relative to `folder`. A path without wildcards is itself. */
export async function matching(patterns: readonly string[], folder: string): Promise<string[]> {
  const found = new Set<string>()
  for (const pattern of patterns) {
    for (const path of await matchingOne(pattern, folder)) found.add(path)
  }
  return [...found].sort()
}

/** Whether a pattern names one file. */
export function isPlain(pattern: string): boolean {
  return !/[*?[\]{}()!+@]/.test(pattern)
}

async function matchingOne(pattern: string, folder: string): Promise<string[]> {
  const normal = posix.normalize(pattern)
  if (isFile(join(posix.isAbsolute(normal) ? '' : folder, normal))) return [normal]
  if (isPlain(normal)) return []
  if (!/\*\*|[[\]{}()!+@\\]/.test(normal)) return walk(normal, folder)
  const { glob } = await import('tinyglobby')
  return glob([normal], { cwd: folder, expandDirectories: false, onlyFiles: true })
}

/** Matches a pattern whose wildcards are `*` and `?`, one segment at a time. Hidden names need a pattern that shows them. */
function walk(pattern: string, folder: string): string[] {
  const [first = '', ...rest] = pattern.split('/')
  const full = (path: string) => (path.startsWith('/') ? path : join(folder, path))
  let paths = [first === '' ? '/' : '']
  const segments = first === '' ? rest : [first, ...rest]
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1
    paths = paths.flatMap((at) => {
      const path = (name: string) => (at === '' || at === '/' ? `${at}${name}` : `${at}/${name}`)
      if (!/[*?]/.test(segment)) return !isLast || isFile(full(path(segment))) ? [path(segment)] : []
      const wanted = expression(segment)
      return entriesOf(full(at)).flatMap((entry) => {
        // What a link leads to is looked at; of all else the folder says what it is.
        const fits = (what: 'isFile' | 'isDirectory') =>
          entry.isSymbolicLink() ? (statOf(full(path(entry.name)))?.[what]() ?? false) : entry[what]()
        return wanted.test(entry.name) && fits(isLast ? 'isFile' : 'isDirectory') ? [path(entry.name)] : []
      })
    })
  })
  return paths
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function expression(segment: string): RegExp {
  const source = segment.replace(/[.*+?^${}()|[\]\\]/g, (character) =>
    character === '*' ? '[^/]*' : character === '?' ? '[^/]' : `\\${character}`,
  )
  return new RegExp(`^${segment.startsWith('.') ? '' : '(?!\\.)'}${source}$`, 's')
}

function isFile(path: string): boolean {
  return statOf(path)?.isFile() ?? false
}
