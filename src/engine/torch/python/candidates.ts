/** The Pythons that may have PyTorch, in the order in which they are tried. */

import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'

/**
 * Where a Python was named or found: the option `--python`, the variable LLMPIPE_PYTHON, the environment of `llmpipe setup torch`, the
 * active virtual environment, or PATH.
 */
export type PythonSource = 'option' | 'variable' | 'setup' | 'environment' | 'path'

export interface Candidate {
  /** The program to start. */
  readonly path: string
  /** Arguments before those of the caller: `-3` for the launcher of Windows. */
  readonly args: readonly string[]
  readonly source: PythonSource
}

/** The variable by which a command passes its option `--python` to the processes of its stages. */
export const pythonOptionVariable = 'LLMPIPE_PYTHON_OPTION'

/** The machine as the search sees it. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  /** The folder that relative paths begin at. */
  readonly here: string
  /** The Python of the environment that `llmpipe setup torch` made; `undefined` if there is none. */
  readonly setup: string | undefined
}

/** The Python that the user has named: by `python`, by an option of the command above this process, or by LLMPIPE_PYTHON. */
export function namedCandidate(python: string | undefined, around: Surroundings): Candidate | undefined {
  const option = python ?? set(around.env[pythonOptionVariable])
  if (option !== undefined) return { path: located(option, around), args: [], source: 'option' }
  const variable = set(around.env.LLMPIPE_PYTHON)
  return variable === undefined ? undefined : { path: located(variable, around), args: [], source: 'variable' }
}

/** The Pythons to try if none is named. */
export function foundCandidates(around: Surroundings): Candidate[] {
  const { env, platform, setup } = around
  const candidates: Candidate[] = setup === undefined ? [] : [{ path: setup, args: [], source: 'setup' }]
  // A relative path would name a folder of the current project.
  for (const variable of ['VIRTUAL_ENV', 'CONDA_PREFIX'] as const) {
    const folder = set(env[variable])
    if (folder === undefined || !isAbsolute(folder)) continue
    const isConda = variable === 'CONDA_PREFIX'
    candidates.push({ path: pythonOf(folder, platform, isConda), args: [], source: 'environment' })
  }
  for (const name of ['python3', 'python']) {
    const path = onPath(name, around)
    if (path !== undefined) candidates.push({ path, args: [], source: 'path' })
  }
  const launcher = platform === 'win32' ? onPath('py', around) : undefined
  if (launcher !== undefined) candidates.push({ path: launcher, args: ['-3'], source: 'path' })
  return distinct(candidates)
}

/** The Python of an environment. Conda on Windows keeps it in the folder itself. */
export function pythonOf(environment: string, platform: NodeJS.Platform, isConda = false): string {
  if (platform !== 'win32') return join(environment, 'bin', 'python')
  return isConda ? join(environment, 'python.exe') : join(environment, 'Scripts', 'python.exe')
}

/** The path that a user means: `python3.12` is searched for on PATH, a path with a separator begins at the current folder. */
function located(named: string, around: Surroundings): string {
  if (/[\\/]/.test(named)) return resolve(around.here, named)
  return onPath(named, around) ?? resolve(around.here, named)
}

/** The first program called `name` on PATH. Relative entries are skipped: a project could bring a program. */
export function onPath(name: string, { env, platform }: Pick<Surroundings, 'env' | 'platform'>): string | undefined {
  const file = platform === 'win32' && !/\.exe$/i.test(name) ? `${name}.exe` : name
  // The variable is called Path on Windows; only process.env itself ignores the case.
  const list = env.PATH ?? env.Path ?? ''
  for (const folder of list.split(delimiter)) {
    const path = join(folder, file)
    if (isAbsolute(folder) && isProgram(path)) return path
  }
  return undefined
}

/** Whether there is a file at `path` that this user may execute. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Leaves out what stands twice: the same path, or two names of one program in one folder (python and python3). */
function distinct(candidates: readonly Candidate[]): Candidate[] {
  const known = new Set<string>()
  return candidates.filter(({ path, args }) => {
    const folder = join(path, '..')
    const key = [folder, realOf(path), ...args].join('\n')
    return !known.has(key) && known.add(key)
  })
}

function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** The value of a variable; an empty one counts as not set. */
function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
