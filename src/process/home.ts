/**
 * The folders of llmpipe in the home of its user: configuration (the site file), state (the list of trusted code), cache (compiled code) and data (environments for
 * PyTorch). A project can bring none of them. A variable that is empty or relative counts as not set (XDG Base Directory Specification), since it would name a folder
 * of the current project. Files that another user owns or can write to are ignored.
 */

import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'

/** `$XDG_STATE_HOME/llmpipe`; `undefined` if this user has no home. */
export function stateFolder(): string | undefined {
  return folderOf('XDG_STATE_HOME', '.local/state')
}

/** `$XDG_CONFIG_HOME/llmpipe`; `undefined` if this user has no home. */
export function configFolder(): string | undefined {
  return folderOf('XDG_CONFIG_HOME', '.config')
}

/** `$XDG_CACHE_HOME/llmpipe`; `undefined` if this user has no home. */
export function cacheFolder(): string | undefined {
  return folderOf('XDG_CACHE_HOME', '.cache')
}

/**
 * `$XDG_DATA_HOME/llmpipe`, or where the system keeps data of programs: `~/.local/share` on Linux, `~/Library/Application Support` on
 * macOS, `%LOCALAPPDATA%` on Windows. `undefined` if this user has no home.
 */
export function dataFolder(platform: NodeJS.Platform = process.platform): string | undefined {
  const local = process.env.LOCALAPPDATA
  const hasOwn = isSet('XDG_DATA_HOME')
  if (platform === 'win32' && !hasOwn && local !== undefined && isAbsolute(local)) return join(local, 'llmpipe')
  return folderOf('XDG_DATA_HOME', platform === 'darwin' ? 'Library/Application Support' : '.local/share')
}

function isSet(variable: string): boolean {
  return isAbsolute(process.env[variable] ?? '')
}

function folderOf(variable: string, defaultFolder: string): string | undefined {
  const given = process.env[variable]
  if (given !== undefined && isAbsolute(given)) return join(given, 'llmpipe')
  const home = homeFolder()
  return home === undefined ? undefined : join(home, defaultFolder, 'llmpipe')
}

/** The home folder: the one that the environment names if it is absolute, else the one that the system knows for this user. */
function homeFolder(): string | undefined {
  const candidates = [homedir, () => userInfo().homedir]
  for (const candidate of candidates) {
    try {
      const home = candidate()
      if (isAbsolute(home)) return home
    } catch {
      // The system does not know this user: try the next candidate.
    }
  }
  return undefined
}

/**
 * The reason why the file at `path` must be ignored. `undefined` if only this user and root can have written it, or if it does not exist.
 * Nobody else may write to `path` and its folder, and nobody else may replace the entries of the folders above.
 */
export function disbelief(path: string): string | undefined {
  const me = process.getuid?.()
  // This system has no owners and modes.
  if (me === undefined) return undefined
  const own = [dirname(path), path]
  for (const each of own) {
    const reason = reasonAgainst(each, me, isOthersToWrite)
    if (reason !== undefined) return reason
  }
  // Both the path as written, and the path behind symbolic links.
  const above = new Set([...foldersAbove(own[0]!), ...foldersAbove(realOf(own[0]!))])
  for (const each of above) {
    const reason = reasonAgainst(each, me, isReplaceableByOthers)
    if (reason !== undefined) return reason
  }
  return undefined
}

function reasonAgainst(path: string, me: number, isBad: (stat: Stats, me: number) => boolean): string | undefined {
  const [stat, link] = [seen(statSync, path), seen(lstatSync, path)]
  if (stat === undefined || link === undefined) return undefined
  for (const { uid } of [stat, link]) if (uid !== me && uid !== 0) return `${path} belongs to another user`
  return isBad(stat, me) ? `other users can write to ${path}` : undefined
}

function seen(look: (path: string) => Stats, path: string): Stats | undefined {
  try {
    return look(path)
  } catch {
    // A file that does not exist or cannot be inspected cannot be read either.
    return undefined
  }
}

function isOthersToWrite({ mode }: Stats): boolean {
  return (mode & 0o022) !== 0
}

/**
 * Whether other users can replace the entries of this folder. The sticky bit (/tmp) forbids it. On most systems a group with the number
 * of a user has that user as its only member.
 */
function isReplaceableByOthers(stat: Stats, me: number): boolean {
  const { mode, gid, uid } = stat
  // XDG_CACHE_HOME=/dev/null turns the cache off: something that is not a folder has no entries.
  if (!stat.isDirectory() || (mode & 0o1000) !== 0) return false
  const isPrivateGroup = gid === me && uid === me
  return (mode & (isPrivateGroup ? 0o002 : 0o022)) !== 0
}

function foldersAbove(path: string): string[] {
  const folder = dirname(resolve(path))
  return folder === path ? [] : [...foldersAbove(folder), folder]
}

function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
