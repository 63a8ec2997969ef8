/** The folder of a store, when it is first written to. */

import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile, statOf } from './durable.ts'

/** The layout described in docs/reference/cache.md; raised when an older llmpipe could not read it. */
const LAYOUT = 1

/** Whether a folder may become a store, or is one: a store in a folder of other files would be cleaned up together with them. */
export function mayBeStore(root: string): boolean {
  const stat = statOf(root)
  if (stat === undefined) return true
  if (!stat.isDirectory()) return false
  return ['layout', 'objects', 'actions', 'runs'].some((name) => existsSync(join(root, name))) || isEmpty(root)
}

/** Nothing lies in it but what is hidden. */
function isEmpty(folder: string): boolean {
  return readdirSync(folder).every((name) => name.startsWith('.'))
}

/** Makes the folder, and keeps it out of version control. */
export function prepareStore(root: string): void {
  if (existsSync(join(root, 'layout'))) return
  mkdirSync(root, { recursive: true })
  const ignore = join(root, '.gitignore')
  if (!existsSync(ignore)) replaceFile(root, ignore, '*\n', false)
  replaceFile(root, join(root, 'layout'), `${LAYOUT}\n`, false)
}
