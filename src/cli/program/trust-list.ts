/**
 * The list of commands and code that the user of this machine trusts: digests by the folder of the program, in the user's home. If a
 * project is copied elsewhere, or its commands or files change, the user is asked again.
 */

import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { disbelief, stateFolder } from '../../process/home.ts'
import { Refusal } from '../terminal/refusal.ts'

/** How many digests are kept for a folder, the newest ones: editing custom stages adds one for each edit. */
const maxDigests = 2_000

interface TrustList {
  readonly version: 2
  readonly projects: Readonly<Record<string, readonly string[]>>
}

/** The path of the list, outside every project, so that no project can trust itself. `undefined` if this user has no home. */
export function listFile(): string | undefined {
  const folder = stateFolder()
  return folder === undefined ? undefined : join(folder, 'trusted.json')
}

/** The reason why the list cannot be used, in which case nothing is trusted; `undefined` if it can. */
export function listProblem(): string | undefined {
  const path = listFile()
  if (path === undefined) return 'you have no home folder to keep the list of trusted code in: set XDG_STATE_HOME'
  const reason = disbelief(path)
  return reason === undefined ? undefined : `${path} is ignored: ${reason}`
}

/** The folder of a program, by which the list is organized. */
export function projectOf(program: string): string {
  const folder = resolve(dirname(program))
  try {
    return realpathSync(folder)
  } catch {
    // The folder does not exist: the compiler will report the missing program.
    return folder
  }
}

/** The digests that are trusted in the folder of a program. */
export function trustedIn(project: string): ReadonlySet<string> {
  return new Set(new Map(Object.entries(readList().projects)).get(project))
}

/** Adds digests to the list for the folder of a program. Throws a Refusal if the list cannot be written. */
export function remember(project: string, digests: readonly string[]): void {
  const path = listFile()
  const problem = listProblem()
  if (path === undefined || problem !== undefined)
    throw new Refusal(
      `nothing can be trusted: ${problem}`,
      'Only you may be able to write to the file and its folders: chmod go-w.',
    )
  const { projects } = readList()
  const known = new Map(Object.entries(projects))
  known.set(project, [...new Set([...(known.get(project) ?? []), ...digests])].slice(-maxDigests))
  const list: TrustList = { version: 2, projects: Object.fromEntries([...known].sort()) }
  // The list is written whole or not at all: it keeps the code of others from running.
  const mine = `${path}.${process.pid}`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(mine, `${JSON.stringify(list, undefined, 1)}\n`, { mode: 0o600, flag: 'wx' })
    chmodSync(mine, 0o600)
    renameSync(mine, path)
  } catch (error) {
    try {
      rmSync(mine, { force: true })
    } catch {
      // Even its folder could not be created.
    }
    const reason = error instanceof Error ? error.message : String(error)
    throw new Refusal(
      `nothing was trusted, because the list cannot be written: ${reason}`,
      'XDG_STATE_HOME can name another folder.',
    )
  }
}

function readList(): TrustList {
  const nothing: TrustList = { version: 2, projects: {} }
  const path = listFile()
  if (path === undefined || listProblem() !== undefined) return nothing
  try {
    const { version, projects } = JSON.parse(readFileSync(path, 'utf8')) as Partial<TrustList>
    // Version 1 trusted whole folders, whatever was in them.
    if (version !== 2 || projects === null || typeof projects !== 'object') return nothing
    const isDigests = (each: unknown): each is string[] =>
      Array.isArray(each) && each.every((digest) => typeof digest === 'string')
    return { version, projects: Object.fromEntries(Object.entries(projects).filter(([, each]) => isDigests(each))) }
  } catch {
    // The list does not exist or is corrupt: nothing is trusted.
    return nothing
  }
}
