/** Where llmpipe itself lies, and which version it is; the same from the sources and from the bundle. */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

function findRoot(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'stdlib'))) {
    const above = dirname(folder)
    if (above === folder) throw new Error('llmpipe is not complete: its stdlib/ is missing')
    folder = above
  }
  return folder
}

/** The folder of the package: stdlib/ and dist/ lie in it. */
export const packageRoot = findRoot()

/** As in package.json. */
export const version: string = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version

/** How a process of one stage is started. */
export function stageCommand(): string[] {
  return [...again(), 'stage']
}

/** How a process that looks at a file of stages is started. */
export function ownCommand(): string[] {
  return [...again(), 'own']
}

function again(): string[] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? join(packageRoot, 'dist/llmpipe.js')]
}
