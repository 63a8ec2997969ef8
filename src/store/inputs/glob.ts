/** Finds files by patterns. Patterns with only *, ** and ? are matched here; tinyglobby is loaded only for others. */

import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { join, posix } from 'node:path'

/** The files that patterns match. */
export interface Matches {
  /** Files, as sorted paths relative to the folder. */
  readonly paths: readonly string[]
  /** The entries that match by name but cannot be read, with the reason. */
  readonly unreadable: readonly Unreadable[]
}

export interface Unreadable {
  readonly path: string
  readonly why: string
}

/** The files that match any of the patterns, as sorted paths relative to `folder`. A path without wildcards is itself. */
export async function matching(patterns: readonly string[], folder: string): Promise<string[]> {
  return [...(await matchesOf(patterns, folder)).paths]
}

/** The files that match any of the patterns, and the entries that would match but cannot be read. */
export async function matchesOf(patterns: readonly string[], folder: string): Promise<Matches> {
  const paths = new Set<string>()
  const unreadable = new Map<string, string>()
  for (const pattern of patterns) {
    const found = await matchingOne(pattern, folder)
    for (const path of found.paths) paths.add(path)
    for (const { path, why } of found.unreadable) unreadable.set(path, why)
  }
  return {
    paths: [...paths].sort(),
    unreadable: [...unreadable].map(([path, why]) => ({ path, why })).sort((a, b) => (a.path < b.path ? -1 : 1)),
  }
}

/** Whether a pattern names one file. */
export function isPlain(pattern: string): boolean {
  return !/[*?[\]{}()!+@]/.test(pattern)
}

const none: Matches = { paths: [], unreadable: [] }

async function matchingOne(pattern: string, folder: string): Promise<Matches> {
  const normal = posix.normalize(pattern)
  const full = (path: string) => (path.startsWith('/') ? path : join(folder, path))
  if (look(full(normal)).stats?.isFile()) return { paths: [normal], unreadable: [] }
  if (isPlain(normal)) return none
  // Brackets are taken literally if a file or folder of that name exists: `data (2)/*.txt`.
  const walked = walk(normal, full)
  const isUsual = !/[[\]{}()!+@\\]/.test(normal)
  if (isUsual || walked.paths.length > 0 || walked.unreadable.length > 0) return walked
  const { glob } = await import('tinyglobby')
  const found = await glob([normal], { cwd: folder, expandDirectories: false, onlyFiles: true })
  const looked = found.map((path) => ({ path, why: look(full(path)).why }))
  return {
    paths: looked.filter(({ why }) => why === undefined).map(({ path }) => path),
    unreadable: looked.flatMap(({ path, why }) => (why === undefined ? [] : [{ path, why }])),
  }
}

/**
 * Matches a pattern whose wildcards are `*`, `?` and `**`, one segment at a time. Hidden names match only a segment that begins with a dot. Links
 * are followed, except links to a folder that contains them.
 */
function walk(pattern: string, full: (path: string) => string): Matches {
  const [first = '', ...rest] = pattern.split('/')
  const segments = first === '' ? rest : [first, ...rest]
  const paths = new Set<string>()
  const unreadable = new Map<string, string>()

  const visit = (at: string, index: number, above: readonly string[]): void => {
    const segment = segments[index]!
    const isLast = index === segments.length - 1
    const within = (name: string) => (at === '' || at === '/' ? `${at}${name}` : `${at}/${name}`)
    if (segment === '**') {
      // `**` stands for any number of folders, also none. At the end of a pattern it stands for all files in them.
      if (isLast) visitAll(at, /^(?!\.)/s, true, index, above)
      else visit(at, index + 1, above)
      visitFolders(at, index, above)
      return
    }
    if (/[*?]/.test(segment)) {
      visitAll(at, expression(segment), isLast, index, above)
      return
    }
    const path = within(segment)
    const { stats } = look(full(path))
    if (!isLast) visit(path, index + 1, above)
    else if (stats?.isFile()) paths.add(path)
  }

  /** Visits the entries of a folder that match: files at the end of a pattern, otherwise folders. */
  const visitAll = (at: string, wanted: RegExp, isLast: boolean, index: number, above: readonly string[]): void => {
    for (const { path, name, stats, why } of entriesIn(at, full, unreadable)) {
      if (!wanted.test(name)) continue
      if (why !== undefined) {
        if (isLast) unreadable.set(path, why)
      } else if (isLast && stats?.isFile()) paths.add(path)
      else if (!isLast && stats?.isDirectory()) visit(path, index + 1, above)
    }
  }

  const visitFolders = (at: string, index: number, above: readonly string[]): void => {
    const here = real(full(at === '' ? '.' : at))
    if (here === undefined || above.includes(here)) return
    for (const { path, name, stats } of entriesIn(at, full, unreadable)) {
      if (!stats?.isDirectory() || name.startsWith('.')) continue
      const there = real(full(path))
      if (there !== undefined && there !== here && !above.includes(there)) visit(path, index, [...above, here])
    }
  }

  visit(first === '' ? '/' : '', 0, [])
  return { paths: [...paths], unreadable: [...unreadable].map(([path, why]) => ({ path, why })) }
}

interface Looked {
  readonly stats?: Pick<Stats, 'isFile' | 'isDirectory'>
  /** Why the entry cannot be read. */
  readonly why?: string
}

/** The entries of a folder. A folder that cannot be opened is added to `unreadable`. */
function entriesIn(
  at: string,
  full: (path: string) => string,
  unreadable: Map<string, string>,
): ({ readonly path: string; readonly name: string } & Looked)[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(full(at === '' ? '.' : at), { withFileTypes: true })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['ENOENT', 'ENOTDIR'].includes(code)) unreadable.set(at, `a folder that cannot be opened (${code})`)
    return []
  }
  return entries.map((entry) => {
    const { name } = entry
    const path = at === '' || at === '/' ? `${at}${name}` : `${at}/${name}`
    // Only the target of a link needs a look of its own; the folder lists the types of all others.
    const isOdd = entry.isSymbolicLink() || name.includes('\ufffd')
    return { path, name, ...(isOdd ? look(full(path)) : { stats: entry }) }
  })
}

/** Looks at a path, following links. */
function look(path: string): Looked {
  try {
    return { stats: statSync(path) }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    // Node decodes names as UTF-8, and cannot find a file again whose name it could not decode.
    if (path.includes('\ufffd')) return { why: 'its name is not UTF-8' }
    if (code === 'ELOOP') return { why: 'a link that leads to itself' }
    return { why: code === 'ENOENT' || code === 'ENOTDIR' ? 'a link to nothing' : `it cannot be looked at (${code})` }
  }
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/** Matches whole paths with a pattern whose wildcards are `*`, `?` and `**`. */
export function pathExpression(pattern: string): RegExp {
  const segments = pattern.split('/')
  const sources = segments.map((segment, index) => {
    const isLast = index === segments.length - 1
    if (segment === '**') return isLast ? '(?:(?!\\.)[^/]+/)*(?!\\.)[^/]+' : '(?:(?!\\.)[^/]+/)*'
    return `${expression(segment).source.slice(1, -1)}${isLast ? '' : '/'}`
  })
  return new RegExp(`^${sources.join('')}$`, 's')
}

function expression(segment: string): RegExp {
  const source = segment.replace(/[.*+?^${}()|[\]\\]/g, (character) =>
    character === '*' ? '[^/]*' : character === '?' ? '[^/]' : `\\${character}`,
  )
  return new RegExp(`^${segment.startsWith('.') ? '' : '(?!\\.)'}${source}$`, 's')
}
