/** The contents of a folder, for comparisons. */

import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../src/core/values/sha256.ts'

/** The contents of a folder as text: names, kinds and digests. */
export function contentsOf(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name)
      const stat = lstatSync(path)
      const what = stat.isFile()
        ? sha256(readFileSync(path))
        : stat.isSymbolicLink()
          ? `link to ${readlinkSync(path)}`
          : 'other'
      return `${name} ${what}`
    })
    .join('\n')
}
