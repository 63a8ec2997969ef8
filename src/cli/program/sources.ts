/** The source files that programs are made of: files, and the modules of llmpipe itself. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from '../../../grammar/syntax.ts'
import { packageRoot } from '../package.ts'

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
  const module = moduleOf(path)
  return module === undefined ? path : join(packageRoot, 'stdlib', `${module}.llmpipe`)
}

/** The tree of a source, where the build made one of the very text: of modules of llmpipe itself. */
export function parsedSource(path: string, text: string): Program | undefined {
  const module = moduleOf(path)
  if (module === undefined) return undefined
  try {
    const built = JSON.parse(readFileSync(join(packageRoot, 'dist/std', `${module}.json`), 'utf8'))
    return built.text === text ? built.program : undefined
  } catch {
    // Run from the sources: it is parsed as any other.
    return undefined
  }
}

function moduleOf(path: string): string | undefined {
  return /^std:([a-z_0-9]+)$/.exec(path)?.[1]
}
