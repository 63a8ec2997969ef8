/** The folder of a store, when it is first written to. */

import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from './durable.ts'

/** The layout described in docs/reference/cache.md; raised when an older llmpipe could not read it. */
const LAYOUT = 1

/** Makes the folder, and keeps it out of version control. */
export function prepareStore(root: string): void {
  if (existsSync(join(root, 'layout'))) return
  mkdirSync(root, { recursive: true })
  replaceFile(root, join(root, '.gitignore'), '*\n', false)
  replaceFile(root, join(root, 'layout'), `${LAYOUT}\n`, false)
}
