/** Makes an environment with PyTorch for the engine. */

import { statfsSync } from 'node:fs'
import { StageError } from '../../../core/failure.ts'
import { namedCandidate, onPath, pythonOf, type Surroundings } from '../python/candidates.ts'
import { faultInWords, oldestPython, type PythonFault } from '../python/faults.ts'
import { type Probed, probe, probeVersion } from '../python/probe.ts'
import { processor } from '../python/processor.ts'
import type { TorchPython } from '../python/torch-python.ts'
import { type Build, buildFor, indexVariables } from './build.ts'
import { beginEnvironment, environmentIn, makeRoot, type TorchEnvironment } from './environment.ts'
import { gpuMachine } from './machine.ts'
import { runStep } from './run-step.ts'
import { type Installer, type Step, stepEnvironment, stepsFor } from './steps.ts'

export interface SetupOptions {
  /** The folder of the environments. */
  readonly root: string
  readonly env: NodeJS.ProcessEnv
  /** The build to take; the one for the GPUs of this machine if `undefined`. */
  readonly wanted: 'cpu' | 'cuda' | undefined
  /** The Python to make the environment with; the first suitable one on PATH if `undefined`. */
  readonly python: string | undefined
}

/** The plan of an installation, to show before it begins. */
export interface SetupPlan {
  readonly build: Build
  readonly installer: Installer
  /** The steps for the folder of an environment. */
  steps(folder: string): Step[]
}

/** The environment in use with its Python, if it can be used. */
export interface Existing {
  readonly environment: TorchEnvironment
  readonly found: TorchPython
}

/** The times for asking a Python, in milliseconds: alone, and with torch, whose first import reads gigabytes. */
const versionTimeout = 20_000
const importTimeout = 300_000

/** The Python that uv gets if the machine has none that is suitable. */
const pythonOfUv = '3.12'

/** The environment in use; `undefined` if there is none or PyTorch cannot be imported in it. */
export async function existingEnvironment({
  root,
  env,
}: Pick<SetupOptions, 'root' | 'env'>): Promise<Existing | undefined> {
  const environment = environmentIn(root)
  if (environment === undefined) return undefined
  const probed = await importTorch(environment.python, env)
  return 'found' in probed ? { environment, found: probed.found } : undefined
}

/** Decides what to install and how. Throws a StageError `no-engine` if nothing suits. */
export async function planSetup({ env, wanted, python }: SetupOptions): Promise<SetupPlan> {
  const installer = await installerFor(python, env)
  const variable = indexVariables[installer.type].find((name) => (env[name] ?? '') !== '')
  const build = buildFor(await gpuMachine(env), wanted, variable)
  return { build, installer, steps: (folder) => stepsFor(installer, folder, build) }
}

export interface Installation {
  readonly signal: AbortSignal
  onStep(step: Step): void
  onLine(line: string): void
}

/**
 * Makes the environment. It is named as the one in use only after PyTorch has been imported in it; until then a failure, or the signal,
 * removes everything of it. Throws a StageError if a step fails, and the reason of the signal.
 */
export async function install(
  { root, env }: Pick<SetupOptions, 'root' | 'env'>,
  { build, steps }: SetupPlan,
  { signal, onStep, onLine }: Installation,
): Promise<Existing> {
  checkSpace(root, build)
  const making = beginEnvironment(root)
  try {
    const stepEnv = stepEnvironment(env, making.temporary)
    for (const step of steps(making.folder)) {
      onStep(step)
      await runStep(step, { env: stepEnv, folder: root, signal, onLine })
    }
    const python = pythonOf(making.folder, process.platform)
    const probed = await importTorch(python, env)
    if ('fault' in probed)
      throw new StageError(
        'no-engine',
        `PyTorch was installed, but cannot be used: ${faultInWords(probed.fault)}`,
        'Try another Python with --python, or install PyTorch yourself and name its Python with LLMPIPE_PYTHON.',
      )
    signal.throwIfAborted()
    making.finish(build.kind)
    return { environment: { folder: making.folder, python, build: build.kind }, found: probed.found }
  } catch (error) {
    making.abandon()
    throw error
  }
}

async function importTorch(python: string, env: NodeJS.ProcessEnv): Promise<Probed> {
  return probe({ path: python, args: [] }, { env, timeout: importTimeout, cpu: processor() })
}

/** uv if it is there, else the modules venv and pip of the Python. */
async function installerFor(named: string | undefined, env: NodeJS.ProcessEnv): Promise<Installer> {
  const around = { env, platform: process.platform, here: process.cwd(), setup: undefined }
  const uv = onPath('uv', around)
  const python = named === undefined ? await suitablePython(around) : await namedPython(named, around)
  if (typeof python === 'string') return uv === undefined ? { type: 'pip', python } : { type: 'uv', uv, python }
  // uv gets a Python of this version by itself.
  if (uv !== undefined) return { type: 'uv', uv, python: pythonOfUv }
  throw new StageError(
    'no-engine',
    python.length === 0
      ? 'there is no python3 on PATH'
      : `no Python on PATH is suitable: ${python.map(faultInWords).join('; ')}`,
    `Install Python ${oldestPython} or newer, or uv, which brings one.`,
  )
}

async function namedPython(named: string, around: Surroundings): Promise<string> {
  const candidate = namedCandidate(named, around)!
  const asked = await probeVersion(candidate, { env: around.env, timeout: versionTimeout })
  if ('python' in asked) return asked.path
  const help = `Name a 64-bit Python ${oldestPython} or newer.`
  throw new StageError(
    'no-engine',
    `the Python that --python names is not suitable: ${faultInWords(asked.fault)}`,
    help,
  )
}

/** The first suitable Python on PATH, or the faults of all. */
async function suitablePython(around: Surroundings): Promise<string | PythonFault[]> {
  const faults: PythonFault[] = []
  for (const name of ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const path = onPath(name, around)
    if (path === undefined) continue
    const asked = await probeVersion({ path, args: [] }, { env: around.env, timeout: versionTimeout })
    if ('python' in asked) return asked.path
    faults.push(asked.fault)
  }
  return faults
}

/** Throws a StageError `disk-full` if the disk of `root` has no room for a build. */
function checkSpace(root: string, build: Build): void {
  makeRoot(root)
  const problem = spaceProblem(root, freeBytes(root), build)
  if (problem !== undefined) throw problem
}

/** The failure if `free` bytes are too few for a build. */
export function spaceProblem(root: string, free: number, { size, words }: Build): StageError | undefined {
  if (free >= size) return undefined
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
  return new StageError(
    'disk-full',
    `${words} takes about ${gigabytes(size)}, and the disk of ${root} has ${gigabytes(free)} left`,
    'Make room, or name another disk with XDG_DATA_HOME.',
  )
}

/** The bytes that this user may still write to the disk of a folder; infinity if the system does not tell. */
export function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
