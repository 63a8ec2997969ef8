/** Finds the run that a report is about. */

import { existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { beginningOf, beginningsOf, runNamed } from '../../run/log/past-runs.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import { commandLine, programCall } from '../program/open-program.ts'
import { Refusal } from '../terminal/refusal.ts'

/** The newest run of a program, or the run that `name` names. Throws a Refusal if the program has no such run. */
export function runOf(file: string, store: FolderStore, name: string | undefined): string {
  if (name !== undefined) {
    const run = runNamed(store.root, name)
    if (run === undefined) throw new Refusal(`"${name}" does not name exactly one run`, 'llmpipe log lists the runs.')
    const begun = beginningOf(store.root, run)
    if (begun !== undefined && basename(begun.program) !== basename(file))
      throw new Refusal(`${run} is a run of ${begun.program}, not of ${file}`, 'llmpipe log lists the runs.')
    return run
  }
  const last = beginningsOf(store.root).find(({ program }) => basename(program) === basename(file))
  if (last !== undefined) return last.run
  if (!existsSync(file)) throw new Refusal(`there is no program ${file}`)
  if (!statSync(file).isFile())
    throw new Refusal(`${file} is not a program but a folder`, 'Name the program: a .llmpipe file.')
  const call = programCall(file, { param: {}, engine: undefined, store: undefined })
  throw new Refusal(`${file} has never run with the store ${store.root}`, `Run it: ${commandLine('run', call)}`)
}
