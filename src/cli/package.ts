/** The folder and the version of llmpipe itself; they are found from the sources as well as from the bundle. */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

function findRoot(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'stdlib'))) {
    const above = dirname(folder)
    if (above === folder) throw new Error('llmpipe is incomplete: its folder stdlib/ is missing')
    folder = above
  }
  return folder
}

/** The folder of the package, with stdlib/ and dist/. */
export const packageRoot = findRoot()

/** The version in package.json. */
export const version: string = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version

/** The command that starts the process of one stage. */
export function stageCommand(): string[] {
  return [...llmpipeCommand(), 'stage']
}

/** The command that does a job of a cluster. */
export function jobCommand(): string[] {
  return [...llmpipeCommand(), 'job']
}

/** The command that starts a process which describes a file of custom stages. */
export function describeCommand(): string[] {
  return [...llmpipeCommand(), 'describe-stages']
}

/** The command that starts llmpipe once more, with the same Node and its options. */
export function llmpipeCommand(): string[] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? join(packageRoot, 'dist/llmpipe.js')]
}
