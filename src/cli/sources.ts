/** The source files that programs are made of: files, and the modules of llmpipe itself. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from './package.ts'

/** The text of a source file by its path, or of a module of llmpipe itself by `std:name`. */
export function readSource(path: string): string | undefined {
  try {
    return readFileSync(sourceFile(path), 'utf8')
  } catch {
    // The compiler says that it is not there, and where it is asked for.
    return undefined
  }
}

/** Where the file of a source lies: a module of llmpipe itself is in stdlib/. */
export function sourceFile(path: string): string {
  const module = /^std:([a-z_0-9]+)$/.exec(path)?.[1]
  return module === undefined ? path : join(packageRoot, 'stdlib', `${module}.llmpipe`)
}
