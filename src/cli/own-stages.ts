/** Files of stages of the project's own, for the compiler: loaded where the project is trusted. */

import type { OwnFile } from '../core/own.ts'
import { loadOwn } from '../own/load.ts'
import { executionSettings, withExecution } from '../stages/execution-settings.ts'
import { build } from './build.ts'
import { ownCommand } from './package.ts'
import { readSource } from './sources.ts'
import { isTrusted } from './trust.ts'

/** Loads the files that `program` uses. `root` is the folder of the store; `trusted`: whatever was said before. */
export function ownStages(program: string, root: string, trusted = false): (path: string) => OwnFile | undefined {
  const load = (path: string) =>
    loadOwn(path, {
      program,
      root,
      llmpipe: build(),
      common: Object.keys(executionSettings),
      command: ownCommand(),
      read: readSource,
    })
  const loaded = new Map<string, OwnFile | undefined>()
  return (path) => {
    if (!trusted && !isTrusted(program)) return untrusted(program, path)
    if (!loaded.has(path)) loaded.set(path, withSettings(load(path)))
    return loaded.get(path)
  }
}

function untrusted(program: string, path: string): OwnFile | undefined {
  if (readSource(path) === undefined) return undefined
  const help = `Read it. If it is fine: llmpipe trust ${program}`
  return { kinds: {}, others: [], wrong: {}, sources: new Map(), problem: { type: 'untrusted', help } }
}

/** Stages of one's own are told how they are run like all others. */
function withSettings(file: OwnFile | undefined): OwnFile | undefined {
  if (file === undefined) return undefined
  const kinds = Object.entries(file.kinds).map(([name, kind]) => [name, withExecution(kind)] as const)
  return { ...file, kinds: Object.fromEntries(kinds) }
}
