/** The state of the files that a watch looks at: the texts of sources and the contents of input files, by path. */

import { readFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { StageError, systemCode } from '../../core/failure.ts'
import type { Plan } from '../../core/plan.ts'
import { sha256 } from '../../core/values/sha256.ts'
import { isInBucket } from '../../store/inputs/buckets.ts'
import { matching } from '../../store/inputs/glob.ts'
import { sourcesOf } from '../../store/inputs/sources.ts'
import { lookOf, StatCache } from '../../store/inputs/stat-cache.ts'
import type { Store } from '../../store/store.ts'
import { exportedFiles } from '../exports/folder.ts'
import { isLink, type Targets, treeOf } from './folders.ts'

/** The digest of each file by its path, or the code of the error that reading it gave. A source that does not exist has the digest of an empty text. */
export type Sight = ReadonlyMap<string, string>

interface Patterns {
  readonly patterns: readonly string[]
  readonly folder: string
}

export class Looking {
  readonly #store: Pick<Store, 'root'>
  readonly #programDir: string
  readonly #cache: StatCache
  #plan: Plan | undefined
  #sources: readonly string[] = []
  #targets: Targets = { files: [], trees: [] }
  /** Input files that are symbolic links. */
  #links: readonly string[] = []
  /** The patterns that lists named when they were last read. */
  #listed: readonly Patterns[] = []
  #own: readonly string[] = []

  constructor(store: Pick<Store, 'root'>, programDir: string) {
    this.#store = store
    this.#programDir = programDir
    this.#cache = new StatCache(store.root)
  }

  /** Sets what to look at from now on: the input files of a plan, and some sources. */
  at(plan: Plan | undefined, sources: Iterable<string>): void {
    this.#plan = plan
    this.#sources = [...sources].map((path) => resolve(path))
    this.#targets = this.#findTargets()
    this.#own = [this.#store.root, ...this.#exports()]
  }

  /** Where the files lie that it looks at. */
  get targets(): Targets {
    const { files, trees } = this.#targets
    const listed = targetsOf(this.#listed)
    return { files: [...files, ...listed.files, ...this.#links], trees: [...trees, ...listed.trees] }
  }

  #findTargets(): Targets {
    const { files, trees } = targetsOf(this.#patterns())
    return { files: [...this.#sources, ...files], trees }
  }

  /** Whether a run itself writes a path: it is not looked at, even if it matches a pattern of input files. */
  isOwn(path: string): boolean {
    return this.#own.some((folder) => isIn(folder, path))
  }

  async look(): Promise<Sight> {
    const sight = new Map<string, string>()
    for (const path of this.#sources) sight.set(path, sha256(textOf(path)))
    const links: string[] = []
    const exported = exportedFiles(this.#plan, this.#programDir)
    for (const { patterns, folder } of await this.#followed()) {
      for (const path of await found(patterns, folder)) {
        const full = path.startsWith('/') ? path : join(folder, path)
        if (exported.has(full) || isIn(this.#store.root, full) || sight.has(full)) continue
        if (isLink(full)) links.push(full)
        const content = await this.#content(full)
        if (content !== undefined) sight.set(full, content)
      }
    }
    this.#links = links
    this.#cache.save()
    return sight
  }

  /** The digest of an input file; it is read only if its size, times or inode changed. `undefined` if it does not exist: editors remove files and create them again. */
  async #content(path: string): Promise<string | undefined> {
    try {
      return (await this.#cache.hash(path)).sha256
    } catch (error) {
      const code = systemCode(error)
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
      // It is being written all the time. Its size and times differ at every look until the writing ends.
      if (error instanceof StageError) return looksOf(path)
      if (code === undefined) throw error
      return code
    }
  }

  /** The folders of exports that hold no file to look at. */
  #exports(): string[] {
    const { files, trees } = this.#targets
    const wanted = [...files, ...trees.map(({ folder }) => folder)]
    return (this.#plan?.nodes ?? []).flatMap(({ exportTo }) => {
      const folder = exportTo === undefined ? undefined : resolve(this.#programDir, exportTo)
      return folder === undefined || wanted.some((path) => isIn(folder, path)) ? [] : [folder]
    })
  }

  /** The patterns that the program names, without objects in buckets, which are not watched. Of a data set, everything in its folder. */
  #patterns(): Patterns[] {
    return (this.#plan?.nodes ?? []).flatMap(({ files }) =>
      Object.values(files).map(({ patterns, base, through }) => ({
        patterns: patterns
          .filter((each) => !isInBucket(each))
          .map((each) => (through?.type === 'dataset' ? `${each.replace(/\/+$/, '')}/**` : each)),
        folder: resolve(this.#programDir, base),
      })),
    )
  }

  /** Also the files that lists name. */
  async #followed(): Promise<Patterns[]> {
    const all = this.#patterns()
    for (const { files } of this.#plan?.nodes ?? [])
      for (const [setting, pattern] of Object.entries(files)) {
        if (pattern.through?.type !== 'list') continue
        const sources = await sourcesOf(setting, pattern, this.#programDir).catch(() => undefined)
        for (const each of sources?.sources ?? [])
          if (!isInBucket(each.pattern)) all.push({ patterns: [each.pattern], folder: each.folder })
      }
    this.#listed = all.slice(this.#patterns().length)
    return all
  }
}

/** The paths in which two sights differ, sorted. */
export function differing(before: Sight, after: Sight): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort()
}

function targetsOf(all: readonly Patterns[]): Targets {
  const patterns = all.flatMap(({ folder, patterns: own }) => own.map((each) => ({ each, folder })))
  const trees = patterns.flatMap(({ each, folder }) => treeOf(each, folder) ?? [])
  const files = patterns.flatMap(({ each, folder }) => (treeOf(each, folder) ? [] : [resolve(folder, each)]))
  return { files, trees }
}

async function found(patterns: readonly string[], folder: string): Promise<readonly string[]> {
  try {
    return await matching(patterns, folder)
  } catch (error) {
    // A folder that cannot be read: the run reports it.
    if (systemCode(error) === undefined) throw error
    return []
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return ''
  }
}

function looksOf(path: string): string | undefined {
  try {
    return lookOf(path).join(' ')
  } catch {
    return undefined
  }
}

/** Whether a path is a folder or lies in it. */
function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
