/** The place that a path leads to: two spellings of one place, or a link to it, are the same. */

import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'

/** How many links are followed one after another before they count as a circle. */
const mostLinks = 40

/**
 * The absolute path of a place with all links followed. The part of the path that does not exist yet is kept as it is. A link to nowhere leads to
 * the place where its target would be.
 */
export function placeOf(path: string): string {
  let at = resolve(path)
  const rest: string[] = []
  for (let links = 0; links <= mostLinks; ) {
    const real = realOf(at)
    if (real !== undefined) return join(real, ...rest)
    const target = linkAt(at)
    if (target !== undefined) {
      links++
      at = resolve(dirname(at), target)
      continue
    }
    if (dirname(at) === at) break
    rest.unshift(basename(at))
    at = dirname(at)
  }
  return join(resolve(at), ...rest)
}

/** Whether a path is a folder or lies in it. Both are absolute. */
export function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}

function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return undefined
  }
}
