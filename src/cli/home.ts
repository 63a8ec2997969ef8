/**
 * The folders of llmpipe in the home of its user: what is remembered (trust) and what is kept (compiled code). A project can bring
 * neither: a variable that is empty or relative is not set (XDG Base Directory Specification), since it would name a folder of
 * the project one is in; and what another user owns or could have written is not believed.
 */

import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'

/** `$XDG_STATE_HOME/llmpipe`; `undefined` where this user has no home. */
export function stateFolder(): string | undefined {
  return folderOf('XDG_STATE_HOME', '.local/state')
}

/** `$XDG_CACHE_HOME/llmpipe`; `undefined` where this user has no home. */
export function cacheFolder(): string | undefined {
  return folderOf('XDG_CACHE_HOME', '.cache')
}

function folderOf(variable: string, usual: string): string | undefined {
  const given = process.env[variable]
  if (given !== undefined && isAbsolute(given)) return join(given, 'llmpipe')
  const home = homeFolder()
  return home === undefined ? undefined : join(home, usual, 'llmpipe')
}

/** The home folder, as the environment names it if it names an absolute one, else as the system knows the user. */
function homeFolder(): string | undefined {
  const candidates = [homedir, () => userInfo().homedir]
  for (const candidate of candidates) {
    try {
      const home = candidate()
      if (isAbsolute(home)) return home
    } catch {
      // A user whom the system does not know: the next way.
    }
  }
  return undefined
}

/**
 * Why what lies at `path` is not believed: `undefined` if nobody but this user and root can have written it, or if nothing is
 * there. `path` and its folder are ours alone; of the folders above it is asked that nobody else can replace what is in them.
 */
export function disbelief(path: string): string | undefined {
  const me = process.getuid?.()
  // Not a system with owners and modes.
  if (me === undefined) return undefined
  const own = [dirname(path), path]
  for (const each of own) {
    const reason = reasonAgainst(each, me, isOthersToWrite)
    if (reason !== undefined) return reason
  }
  // As it is written, and as it is behind symbolic links.
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
  return isBad(stat, me) ? `others than you can write to ${path}` : undefined
}

function seen(look: (path: string) => Stats, path: string): Stats | undefined {
  try {
    return look(path)
  } catch {
    // Not there, or not to be seen: then it cannot be read either.
    return undefined
  }
}

function isOthersToWrite({ mode }: Stats): boolean {
  return (mode & 0o022) !== 0
}

/**
 * Whether others can put something else in the place of an entry of this folder. The sticky bit (/tmp) forbids it; and a group that
 * has the number of its user is that user's alone, by the custom of most systems.
 */
function isReplaceableByOthers(stat: Stats, me: number): boolean {
  const { mode, gid, uid } = stat
  // Nothing is in what is no folder: XDG_CACHE_HOME=/dev/null is how one says that nothing is to be kept.
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
