/** Finds a Python with PyTorch for the engine `torch`. */

import { join } from 'node:path'
import { StageError } from '../../../core/failure.ts'
import { cacheFolder } from '../../../process/home.ts'
import { environmentIn, environmentsFolder } from '../setup/environment.ts'
import {
  type Candidate,
  foundCandidates,
  isProgram,
  namedCandidate,
  type PythonSource,
  pythonOf,
  type Surroundings,
} from './candidates.ts'
import { pythonEnvironment } from './environment.ts'
import { faultInWords, helpFor, oldestTorch, type PythonFault } from './faults.ts'
import { type Probed, probe } from './probe.ts'
import { processor } from './processor.ts'
import { type Remembering, remember, remembered } from './remembered.ts'
import type { TorchPython } from './torch-python.ts'

export interface FindOptions {
  /** The Python to use: a path, or a name to look up on PATH. It is used or the search fails; no other takes its place. */
  readonly python?: string | undefined
  /** Asks Python again, even if its last answer is remembered. */
  readonly fresh?: boolean
  /** The time for one Python, in milliseconds. */
  readonly timeout?: number
  /** The environment to search in, and the one of the Pythons. */
  readonly env?: NodeJS.ProcessEnv
  /** The folder of remembered answers; nothing is remembered if `undefined`. */
  readonly cache?: string | undefined
  /** The folder of the environments of `llmpipe setup torch`. */
  readonly environments?: string | undefined
  /** The time, in milliseconds since 1970. */
  readonly now?: number
}

/** A Python that was looked at: usable, or why not. */
export type Looked = Probed & { readonly path: string; readonly source: PythonSource }

/** On a cold disk, importing torch takes tens of seconds. */
const defaultTimeout = 90_000

/**
 * Finds a Python that can run the engine: the one that `python`, `--python` or LLMPIPE_PYTHON names, else the first that has PyTorch 2.6 or
 * newer among the environment of `llmpipe setup torch`, the active virtual environment, and python3 and python on PATH. Throws a StageError
 * `no-engine` with the way out if there is none.
 *
 * It starts each Python that it looks at once, which takes seconds, and remembers the answer of the one that it returns.
 */
export async function findPython(options: FindOptions = {}): Promise<TorchPython & { readonly source: PythonSource }> {
  const faults: PythonFault[] = []
  let source: PythonSource | undefined
  for await (const looked of look(options)) {
    source = looked.source
    if ('found' in looked) return { ...looked.found, source }
    faults.push(looked.fault)
  }
  const [fault] = faults
  if (fault !== undefined && (source === 'option' || source === 'variable')) throw unusable(fault, source, options.env)
  throw new StageError(
    'no-engine',
    faults.length === 0
      ? 'the engine torch needs Python, and there is no python3 on PATH'
      : `no Python with PyTorch ${oldestTorch} or newer was found: ${faults.map(faultInWords).join('; ')}`,
    '`llmpipe setup torch` makes an environment with PyTorch; or name a Python that has it with --python or LLMPIPE_PYTHON.',
  )
}

/** Looks at the Pythons in the order in which findPython tries them. If one is named, it is the only one. */
export async function* look(options: FindOptions = {}): AsyncGenerator<Looked> {
  const { python, fresh = false, timeout = defaultTimeout, env = process.env, now = Date.now() } = options
  const setup = environmentIn('environments' in options ? options.environments : environmentsFolder())?.python
  const around: Surroundings = { env, platform: process.platform, here: process.cwd(), setup }
  const cache = 'cache' in options ? options.cache : pythonCache()
  const memory = cache === undefined ? undefined : { folder: cache, now, env }
  const named = namedCandidate(python, around)
  for (const candidate of named === undefined ? foundCandidates(around) : [named]) {
    const known = memory === undefined || fresh ? undefined : remembered(candidate, memory)
    const probed = known === undefined ? await ask(candidate, { env, timeout, memory }) : { found: known }
    yield { ...probed, path: candidate.path, source: candidate.source }
  }
}

async function ask(
  candidate: Candidate,
  { env, timeout, memory }: { env: NodeJS.ProcessEnv; timeout: number; memory: Remembering | undefined },
): Promise<Probed> {
  const probed = await probe(candidate, { env, timeout, cpu: processor() })
  if ('found' in probed && memory !== undefined) remember(candidate, probed.found, memory)
  return probed
}

function pythonCache(): string | undefined {
  const folder = cacheFolder()
  return folder === undefined ? undefined : join(folder, 'python')
}

/** The failure of a Python that the user named. */
export function unusable(fault: PythonFault, source: 'option' | 'variable', env = process.env): StageError {
  const by = source === 'option' ? '--python' : 'LLMPIPE_PYTHON'
  const inside = pythonOf(fault.path, process.platform)
  const help = helpFor(fault, isProgram(inside) ? inside : undefined)
  return new StageError(
    'no-engine',
    `the Python that ${by} names cannot run the engine torch: ${faultInWords(fault)}`,
    `${aboutFolders(fault, env)}${help}`,
  )
}

/** The way out if modules in folders of PYTHONPATH may be imported in place of Python's. */
function aboutFolders({ type }: PythonFault, env: NodeJS.ProcessEnv): string {
  const { PYTHONPATH: folders } = pythonEnvironment(env)
  if (folders === undefined || (type !== 'no-answer' && type !== 'broken-torch')) return ''
  return `PYTHONPATH is ${folders}, whose modules are imported in place of others of their name: try without it. `
}
