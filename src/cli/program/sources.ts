/** Reads the sources of programs: files, and the standard modules of llmpipe. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from '../../../grammar/syntax.ts'
import { packageRoot } from '../package.ts'

/** The text of a file by its path, or of a standard module by `std:name`. `undefined` if there is no such source. */
export function readSource(path: string): string | undefined {
  try {
    return readFileSync(sourceFile(path), 'utf8')
  } catch {
    // The compiler reports the missing source where it is used.
    return undefined
  }
}

/** The path of the file of a source. Standard modules are in stdlib/. */
export function sourceFile(path: string): string {
  const module = moduleOf(path)
  return module === undefined ? path : join(packageRoot, 'stdlib', `${module}.llmpipe`)
}

/** Whether a path is that of a manifest or of a lock file of npm, by which the compiler finds the modules of packages. */
export function isManifest(path: string): boolean {
  return /(?:^|[\\/])package(?:-lock)?\.json$/.test(path)
}

/** The syntax tree of a standard module that the build parsed; `undefined` for other sources, or if the text differs. */
export function parsedSource(path: string, text: string): Program | undefined {
  const module = moduleOf(path)
  if (module === undefined) return undefined
  const built = builtModules.get(module) ?? builtModule(module)
  builtModules.set(module, built)
  return built.text === text ? built.program : undefined
}

interface BuiltModule {
  /** Absent without a build. */
  readonly text?: string
  readonly program?: Program
}

/** The standard modules that were read so far: a compilation, and the checks after it, ask for the same ones. */
const builtModules = new Map<string, BuiltModule>()

function builtModule(module: string): BuiltModule {
  try {
    return JSON.parse(readFileSync(join(packageRoot, 'dist/std', `${module}.json`), 'utf8'))
  } catch {
    // Without a build, standard modules are parsed like other sources.
    return {}
  }
}

function moduleOf(path: string): string | undefined {
  return /^std:([a-z_0-9]+)$/.exec(path)?.[1]
}
