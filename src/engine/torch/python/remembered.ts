/**
 * Answers of Pythons, remembered in the cache folder of the user, because importing torch takes seconds. An answer holds as long as the
 * interpreter, the folder of its packages and torch itself are the same files, and no longer than `maxAge`: a new driver shows only when
 * torch is asked again.
 */

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sha256 } from '../../../core/values/sha256.ts'
import { isNumber, isText, listOf, optional, shape } from '../../../core/values/shape.ts'
import { disbelief } from '../../../process/home.ts'
import { isDevice } from './answers.ts'
import type { Candidate } from './candidates.ts'
import type { TorchPython } from './torch-python.ts'

/** The age in milliseconds after which Python is asked again. */
const maxAge = 12 * 3600 * 1000

/** Variables that decide which packages and which devices a Python sees. */
const relevant = [
  'PYTHONPATH',
  'PYTHONHOME',
  'PYTHONNOUSERSITE',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'CUDA_VISIBLE_DEVICES',
  'HIP_VISIBLE_DEVICES',
  'ROCR_VISIBLE_DEVICES',
] as const

interface Memory {
  /** When it was written, in milliseconds since 1970. */
  readonly time: number
  /** The files that the answer depends on, as they were. */
  readonly files: string
  readonly found: TorchPython
}

const isFound = shape<TorchPython>({
  path: isText,
  python: isText,
  torch: isText,
  file: isText,
  cuda: optional(isText),
  hip: optional(isText),
  devices: listOf(isDevice),
  trouble: optional(isText),
})

const isMemory = shape<Memory>({ time: isNumber, files: isText, found: isFound })

/** The folder of the answers and the time, in milliseconds since 1970. */
export interface Remembering {
  readonly folder: string
  readonly now: number
  readonly env: NodeJS.ProcessEnv
}

/** The last answer of this Python, if it still holds. A file that another user can have written is ignored. */
export function remembered(candidate: Candidate, where: Remembering): TorchPython | undefined {
  const file = fileOf(candidate, where)
  try {
    if (disbelief(file) !== undefined) return undefined
    const memory: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (!isMemory(memory)) return undefined
    const age = where.now - memory.time
    const isValid = age >= 0 && age < maxAge && memory.files === filesOf(memory.found)
    return isValid && memory.found.path === candidate.path ? memory.found : undefined
  } catch {
    return undefined
  }
}

/**
 * Remembers an answer. A program that starts another Python, as the shims of pyenv do, may start a different one tomorrow: its answer is
 * not remembered. If the answer cannot be written, Python is asked again the next time.
 */
export function remember(candidate: Candidate, found: TorchPython, where: Remembering): void {
  if (found.path !== candidate.path) return
  const file = fileOf(candidate, where)
  const written = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const memory: Memory = { time: where.now, files: filesOf(found), found }
    writeFileSync(written, JSON.stringify(memory), { mode: 0o600 })
    renameSync(written, file)
  } catch {
    rmSync(written, { force: true })
  }
}

function fileOf({ path, args }: Candidate, { folder, env }: Remembering): string {
  const key = JSON.stringify([path, args, relevant.map((name) => env[name] ?? null)])
  return join(folder, `${sha256(key).slice(0, 32)}.json`)
}

/** The interpreter, the folder of its packages and the version file of torch, each with its size and its time. Throws if one is missing. */
function filesOf({ path, file }: TorchPython): string {
  const torch = dirname(file)
  return [path, dirname(torch), join(torch, 'version.py')]
    .map((each) => {
      const { ino, size, mtimeMs } = statSync(each)
      return `${ino} ${size} ${mtimeMs}`
    })
    .join('\n')
}
