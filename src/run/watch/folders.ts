/**
 * A bell that rings when something in a set of folders may have changed. Folders are watched and not files: a file that is replaced,
 * moved away and back, or not there yet has no watch of its own to lose. What rang is looked at by who listens; that something
 * changed is known only then.
 */

import { lstatSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { FSWatcher } from 'chokidar'

/** What is to be noticed. */
export interface Targets {
  /** Files, there or not. */
  readonly files: readonly string[]
  /** Folders with all that is below them, there or not, and how deep to look. */
  readonly trees: readonly { readonly folder: string; readonly depth: number }[]
}

export interface FolderWatch {
  /** Watches what there is of the targets now. To be called again after each ring: folders come and go. */
  aim(targets: Targets): Promise<void>
  close(): Promise<void>
}

interface Watched {
  readonly watcher: FSWatcher
  /** The folder went away meanwhile: whatever is there now is another one. */
  isStale: boolean
}

/** How long a folder may take until it is watched, in milliseconds; from then on it is watched as far as it is. */
const PATIENCE = 10_000

/** `ring` is called for whatever may be a change, `onTrouble` once, when folders cannot be watched. */
export function watchFolders(
  ring: () => void,
  isIgnored: (path: string) => boolean,
  onTrouble: (reason: string) => void,
): FolderWatch {
  const watched = new Map<string, Watched>()
  let isTroubled = false
  let isClosed = false
  const trouble = (error: unknown) => {
    if (!isTroubled) onTrouble(error instanceof Error ? error.message : String(error))
    isTroubled = true
  }

  async function open(folder: string, depth: number): Promise<Watched> {
    const { watch } = await import('chokidar')
    const watcher = watch(folder, {
      depth,
      ignoreInitial: true,
      // Only folders: each tells what happens to the files in it.
      ignored: (path, stats) => path !== folder && (stats?.isFile() === true || isIgnored(path)),
    })
    const entry: Watched = { watcher, isStale: false }
    watcher.on('raw', (event, name, details) => {
      // The folder itself: removed, or moved. One that is made in its place can have its number, and is not the one that is watched.
      if (event === 'rename' && name === basename(String((details as { readonly watchedPath?: string }).watchedPath)))
        entry.isStale = true
      ring()
    })
    watcher.on('all', (event) => {
      if (event === 'unlinkDir') entry.isStale = true
      ring()
    })
    watcher.on('error', trouble)
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((ready) => {
      watcher.once('ready', () => ready())
      watcher.once('error', () => ready())
      timer = setTimeout(ready, PATIENCE)
    })
    clearTimeout(timer)
    return entry
  }

  return {
    async aim(targets) {
      const wanted = foldersFor(targets)
      for (const [key, { watcher, isStale }] of watched) {
        if (wanted.has(key) && !isStale) continue
        watched.delete(key)
        await watcher.close()
      }
      for (const [key, { folder, depth }] of wanted) {
        if (isClosed || watched.has(key)) continue
        const entry = await open(folder, depth)
        watched.set(key, entry)
        // Closed while it opened: then nobody else closes it.
        if (isClosed) await entry.watcher.close()
      }
    },
    async close() {
      isClosed = true
      await Promise.all([...watched.values()].map(({ watcher }) => watcher.close()))
      watched.clear()
    },
  }
}

/** The folders to be watched, each by its path and what it is now: a folder that was made anew is another one. */
function foldersFor({ files, trees }: Targets): Map<string, { readonly folder: string; readonly depth: number }> {
  const depths = new Map<string, number>()
  const add = (folder: string, depth: number) => {
    const real = realOf(folder)
    if (real !== undefined) depths.set(real, Math.max(depth, depths.get(real) ?? 0))
  }
  for (const path of [...files, ...trees.map(({ folder }) => folder)])
    for (const folder of leadingTo(path)) add(folder, 0)
  for (const { folder, depth } of trees) add(folder, depth)
  const found = new Map<string, { readonly folder: string; readonly depth: number }>()
  for (const [folder, depth] of [...depths].sort()) {
    const identity = identityOf(folder)
    if (identity !== undefined) found.set(`${folder}\n${depth}\n${identity}`, { folder, depth })
  }
  return found
}

/** The folders in which what `path` names can come, go or change: of itself, of each link on the way, and of where it leads. */
function leadingTo(path: string): string[] {
  const found = [existing(dirname(path))]
  for (let at = path; at !== dirname(at); at = dirname(at)) if (isLink(at)) found.push(existing(dirname(at)))
  const real = realOf(path)
  if (real !== undefined) found.push(dirname(real))
  return found
}

/** The folder, or the nearest one above it that is there. */
function existing(folder: string): string {
  const isThere = statOrNot(folder)?.isDirectory() === true
  return isThere || dirname(folder) === folder ? folder : existing(dirname(folder))
}

/** Whether a path is that of a symbolic link. */
export function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

function identityOf(folder: string): string | undefined {
  const stat = statOrNot(folder)
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`
}

function statOrNot(path: string) {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** `base` of a pattern, and how deep below it its files lie: `data/*.txt` → `data`, 0; `data/**` → `data`, without end. */
export function treeOf(pattern: string, folder: string): Targets['trees'][number] | undefined {
  const segments = pattern.split('/')
  const wild = segments.findIndex((segment) => /[*?[\]{}()!+@]/.test(segment))
  if (wild < 0) return undefined
  const base = segments.slice(0, wild).join('/') || (pattern.startsWith('/') ? '/' : '.')
  const rest = segments.slice(wild)
  const depth = rest.some((segment) => /\*\*|[{}()!+@]/.test(segment)) ? DEEPEST : rest.length - 1
  return { folder: base.startsWith('/') ? base : join(folder, base), depth }
}

/** How deep `**` is watched: links can lead in circles. */
const DEEPEST = 40
