/** The layout of a store, written when something is first kept in it. */

import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile, statOf } from './durable.ts'

/** The version of the layout that docs/reference/cache.md describes. It is raised when an older llmpipe could not read a store. */
const layoutVersion = 1

/** Whether a folder is a store or may become one. A store among other files could be removed together with them by mistake, or the other way around. */
export function mayBeStore(root: string): boolean {
  const stat = statOf(root)
  if (stat === undefined) return true
  if (!stat.isDirectory()) return false
  return ['layout', 'objects', 'actions', 'runs'].some((name) => existsSync(join(root, name))) || isEmpty(root)
}

/** Whether a folder has only hidden entries. */
function isEmpty(folder: string): boolean {
  return readdirSync(folder).every((name) => name.startsWith('.'))
}

/** Creates the folder of a store, and keeps it out of version control. */
export function prepareStore(root: string): void {
  if (existsSync(join(root, 'layout'))) return
  mkdirSync(root, { recursive: true })
  const ignore = join(root, '.gitignore')
  if (!existsSync(ignore)) replaceFile(root, ignore, '*\n', false)
  replaceFile(root, join(root, 'layout'), `${layoutVersion}\n`, false)
}
