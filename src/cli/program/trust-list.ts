/**
 * What the user of this machine has trusted: digests of what programs run, by the folder of the program, in the user's home. A
 * project that is copied elsewhere, or whose commands or files change, is asked about again.
 */

import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { disbelief, stateFolder } from '../home.ts'
import { Refusal } from '../terminal/refusal.ts'

/** Digests kept for a folder, the newest: editing one's own stages leaves one for each edit. */
const MOST = 2_000

interface TrustList {
  readonly version: 2
  readonly projects: Readonly<Record<string, readonly string[]>>
}

/** Outside every project, so that none can trust itself; `undefined` where this user has no home. */
export function listFile(): string | undefined {
  const folder = stateFolder()
  return folder === undefined ? undefined : join(folder, 'trusted.json')
}

/** Why what is trusted cannot be known, where that is so; nothing is trusted then. */
export function listProblem(): string | undefined {
  const path = listFile()
  if (path === undefined) return 'you have no home folder that what you trust could be kept in: set XDG_STATE_HOME'
  const reason = disbelief(path)
  return reason === undefined ? undefined : `${path} is not believed: ${reason}`
}

/** The folder that trust is kept by. */
export function projectOf(program: string): string {
  const folder = resolve(dirname(program))
  try {
    return realpathSync(folder)
  } catch {
    // Not there: who reads the program says so.
    return folder
  }
}

/** The digests that are trusted in the folder of a program. */
export function trustedIn(project: string): ReadonlySet<string> {
  return new Set(new Map(Object.entries(readList().projects)).get(project))
}

/** Trusts digests in the folder of a program from now on. Throws a Refusal where that cannot be kept. */
export function remember(project: string, digests: readonly string[]): void {
  const path = listFile()
  const problem = listProblem()
  if (path === undefined || problem !== undefined)
    throw new Refusal(`nothing can be trusted: ${problem}`, 'Let the file and its folders be yours alone: chmod go-w.')
  const { projects } = readList()
  const known = new Map(Object.entries(projects))
  known.set(project, [...new Set([...(known.get(project) ?? []), ...digests])].slice(-MOST))
  const list: TrustList = { version: 2, projects: Object.fromEntries([...known].sort()) }
  // Whole or not at all: it is what keeps others' code from running.
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
      // Not even a folder that it could be in.
    }
    const reason = error instanceof Error ? error.message : String(error)
    throw new Refusal(
      `nothing was trusted, since it cannot be kept: ${reason}`,
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
    // Lists before the second version named folders, whatever ran in them.
    if (version !== 2 || projects === null || typeof projects !== 'object') return nothing
    const isDigests = (each: unknown): each is string[] =>
      Array.isArray(each) && each.every((digest) => typeof digest === 'string')
    return { version, projects: Object.fromEntries(Object.entries(projects).filter(([, each]) => isDigests(each))) }
  } catch {
    // Not there, or damaged: then nothing is trusted.
    return nothing
  }
}
