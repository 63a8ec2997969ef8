/**
 * The environment that `llmpipe setup torch` makes, in the data folder of the user:
 *
 *     torch/environment.json   names the environment in use; written last, when PyTorch has been imported in it
 *     torch/env-3f2a…/         an environment
 *     torch/env-3f2a….making   the process that makes it; without this file, it is finished
 *     torch/env-3f2a….tmp/     temporary files of the installer: /tmp is often too small for PyTorch
 *
 * A broken or half-made environment is never named, so it is never found.
 */

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ProcessIdentity } from '../../../core/event.ts'
import { StageError } from '../../../core/failure.ts'
import { isCount, isText, oneOf, type Shape, shape } from '../../../core/values/shape.ts'
import { dataFolder, disbelief } from '../../../process/home.ts'
import { identity, isAlive } from '../../../process/identity.ts'
import { pythonOf } from '../python/candidates.ts'

/** Which build of PyTorch an environment has: for the processor, for NVIDIA GPUs, or the one for Macs. */
export type BuildKind = 'cpu' | 'cuda' | 'mac'

export interface TorchEnvironment {
  readonly folder: string
  /** Its Python. */
  readonly python: string
  readonly build: BuildKind
}

/** The content of environment.json: `folder` is a name beside it. */
interface Named {
  readonly folder: string
  readonly build: BuildKind
}

const isName: Shape<string> = (value): value is string => isText(value) && /^env-[0-9a-f]+$/.test(value)

const isNamed = shape<Named>({ folder: isName, build: oneOf('cpu', 'cuda', 'mac') })

const isOwner = shape<ProcessIdentity>({ pid: isCount, start: isText, machine: isText })

/** The folder of the environments; `undefined` if this user has no home. */
export function environmentsFolder(): string | undefined {
  const data = dataFolder()
  return data === undefined ? undefined : join(data, 'torch')
}

/** The environment in use; `undefined` if there is none, or if another user can have written the file that names it. */
export function environmentIn(root: string | undefined): TorchEnvironment | undefined {
  if (root === undefined) return undefined
  const file = join(root, 'environment.json')
  try {
    if (disbelief(file) !== undefined) return undefined
    const named: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (!isNamed(named)) return undefined
    const folder = join(root, named.folder)
    return { folder, python: pythonOf(folder, process.platform), build: named.build }
  } catch {
    return undefined
  }
}

/** An environment that is being made. */
export interface Making {
  /** The folder of the environment, which does not exist yet. */
  readonly folder: string
  /** The folder for temporary files. */
  readonly temporary: string
  /** Names the environment as the one in use. */
  finish(build: BuildKind): void
  /** Removes everything of it. */
  abandon(): void
}

/** Begins an environment in `root`, after it removed what dead processes left half-made. */
export function beginEnvironment(root: string): Making {
  makeRoot(root)
  removeLeftovers(root)
  const name = `env-${randomBytes(6).toString('hex')}`
  const folder = join(root, name)
  const [making, temporary] = [`${folder}.making`, `${folder}.tmp`]
  writeFileSync(making, JSON.stringify(identity(process.pid)))
  mkdirSync(temporary)
  return {
    folder,
    temporary,
    finish(build) {
      const written = join(root, `environment.json.${process.pid}`)
      writeFileSync(written, JSON.stringify({ folder: name, build } satisfies Named))
      renameSync(written, join(root, 'environment.json'))
      remove(temporary)
      remove(making)
    },
    abandon() {
      remove(folder)
      remove(temporary)
      remove(making)
    },
  }
}

/**
 * Makes the folder of the environments. Throws a StageError `no-engine` if that is not possible. One folder at a time, because Node's recursive
 * mkdir never returns where the system reports a missing file (`/proc`).
 */
export function makeRoot(root: string): void {
  if (existsSync(root)) return
  makeRoot(dirname(root))
  try {
    mkdirSync(root, { mode: 0o700 })
  } catch (error) {
    // Another process may have made it just now.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    const reason = (error as Error).message
    throw new StageError(
      'no-engine',
      `the folder ${root} cannot be made: ${reason}`,
      'Name another: XDG_DATA_HOME=FOLDER.',
    )
  }
}

/** Removes all environments. Returns whether there were any. */
export function removeEnvironments(root: string): boolean {
  const isThere = existsSync(root)
  remove(root)
  return isThere
}

function removeLeftovers(root: string): void {
  const used = environmentIn(root)?.folder
  for (const name of readdirSync(root)) {
    const folder = join(root, name.replace(/\.making$/, ''))
    if (!name.endsWith('.making') || isBeingMade(join(root, name))) continue
    if (folder !== used) remove(folder)
    remove(`${folder}.tmp`)
    remove(join(root, name))
  }
}

function isBeingMade(file: string): boolean {
  try {
    const owner: unknown = JSON.parse(readFileSync(file, 'utf8'))
    // A process of another machine cannot be seen from here: its work is left alone.
    return isOwner(owner) && isAlive(owner) !== false
  } catch {
    return false
  }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 })
}
