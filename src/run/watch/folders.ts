/**
 * Rings when something in a set of folders may have changed. It watches folders, not files: a file that is replaced, moved away and back, or
 * created later has no watch of its own that could be lost. Whether something has really changed, the listener finds out by looking.
 */

import { lstatSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { FSWatcher } from 'chokidar'

/** The files and folders whose changes are to be noticed. */
export interface Targets {
  /** Files, which need not exist. */
  readonly files: readonly string[]
  /** Folders with everything below them down to a depth; they need not exist. */
  readonly trees: readonly { readonly folder: string; readonly depth: number }[]
}

export interface FolderWatch {
  /** Watches those of the targets that exist now. To be called again after each ring, since folders come and go. */
  aim(targets: Targets): Promise<void>
  close(): Promise<void>
}

interface Watched {
  readonly watcher: FSWatcher
  /** The folder was removed or moved meanwhile: a folder at its path is another one. */
  isStale: boolean
}

/** How long to wait until a folder is watched completely, in milliseconds. After that, it is watched as far as it is. */
const openTime = 10_000

/** Calls `ring` for everything that may be a change, and `onTrouble` once if folders cannot be watched. */
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
      // Only folders: a folder reports what happens to its files.
      ignored: (path, stats) => path !== folder && (stats?.isFile() === true || isIgnored(path)),
    })
    const entry: Watched = { watcher, isStale: false }
    watcher.on('raw', (event, name, details) => {
      // The folder itself was removed or moved. A folder made in its place is not watched, though it may have the same inode.
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
      timer = setTimeout(ready, openTime)
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
        // Closed while this folder was being opened: nobody else closes it.
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

/** The folders to watch, by path, depth and inode: a folder that was made again is another one. */
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

/** The folders whose entries decide what `path` names: that of the path, of each link on the way, and of the target. */
function leadingTo(path: string): string[] {
  const found = [existing(dirname(path))]
  for (let at = path; at !== dirname(at); at = dirname(at)) if (isLink(at)) found.push(existing(dirname(at)))
  const real = realOf(path)
  if (real !== undefined) found.push(dirname(real))
  return found
}

/** The folder, or the nearest one above it that exists. */
function existing(folder: string): string {
  const isThere = statOrNot(folder)?.isDirectory() === true
  return isThere || dirname(folder) === folder ? folder : existing(dirname(folder))
}

/** Whether a symbolic link is at a path. */
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

/** The folder that the files of a pattern lie below, and how deep: `data/*.txt` → `data`, 0; `data/**` → `data`, without limit. `undefined` for a path without wildcards. */
export function treeOf(pattern: string, folder: string): Targets['trees'][number] | undefined {
  const segments = pattern.split('/')
  const wild = segments.findIndex((segment) => /[*?[\]{}()!+@]/.test(segment))
  if (wild < 0) return undefined
  const base = segments.slice(0, wild).join('/') || (pattern.startsWith('/') ? '/' : '.')
  const rest = segments.slice(wild)
  const depth = rest.some((segment) => /\*\*|[{}()!+@]/.test(segment)) ? deepest : rest.length - 1
  return { folder: base.startsWith('/') ? base : join(folder, base), depth }
}

/** How deep `**` is watched: symbolic links can form a circle. */
const deepest = 40
