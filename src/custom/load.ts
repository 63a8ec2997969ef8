/** Loads files of custom stages. The store keeps the description of a file, which is valid while none of its sources changes. */

import { spawn, spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import type { CustomFile } from '../core/kind/custom-file.ts'
import type { StageKind } from '../core/kind/kind.ts'
import { hasCode } from '../store/inputs/code.ts'
import { loadMemo, type MemoRequest, saveMemo } from '../store/memo.ts'
import type { DescribeCall, Described } from './describe.ts'
import { kindOf } from './kind.ts'

export interface Loading {
  /** The path of the program that uses the files. */
  readonly program: string
  /** The folder of the store. */
  readonly root: string
  /** The build of llmpipe. */
  readonly llmpipe: string
  /** The names of the settings that all stages have. */
  readonly common: readonly string[]
  /** The command line of the process that describes a file; its call is added as JSON. */
  readonly command: readonly string[]
  /** The environment of that process. */
  readonly env: NodeJS.ProcessEnv
  /** Whether a bundle may be executed, by its SHA-256. */
  isTrusted(bundle: string): boolean
  /** Trusts all sources as they are. */
  readonly allow?: boolean
  /** Describes a file whose description is not in the store. Without it, a process does, and this one waits for it. */
  describe?(call: DescribeCall): Described
  /** The text of a file; `undefined` if it does not exist. */
  read(path: string): string | undefined
}

/** The time in which a file has to be loaded, in milliseconds. */
const loadTimeout = 30_000

/** The exports of a file of custom stages; `undefined` if the file does not exist. */
export function loadCustom(file: string, loading: Loading): CustomFile | undefined {
  const { root, program, llmpipe, read, common, allow = false } = loading
  if (read(file) === undefined) return undefined
  const base = dirname(program)
  const request: MemoRequest = { llmpipe, stages: file, base, common }
  const known = loadMemo<Described>(root, request, read)
  if (known?.changed.length === 0) {
    const { value, texts } = known
    const { code } = value
    if (code !== undefined && hasCode(root, code.bundle) && loading.isTrusted(code.bundle))
      return fileOf({ ...value, texts: [...texts] })
  }
  const call = { file, root, base, common, allow }
  const described = loading.describe?.(call) ?? describeNow(call, loading)
  // A failure may have a cause outside the sources, so it is not kept.
  if (described.stages !== undefined)
    saveMemo(root, request, new Map(described.texts), { ...described, texts: [] } satisfies Described)
  return fileOf(described)
}

type Describer = Pick<Loading, 'command' | 'env' | 'read'>

/** Describes a file in a process of its own. Until that ends, this process does nothing else: it does not even see a signal. */
function describeNow(call: DescribeCall, { command: [command = '', ...args], env, read }: Describer): Described {
  const { stdout, stderr, output, status, signal, error } = spawnSync(command, [...args, JSON.stringify(call)], {
    stdio,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    timeout: loadTimeout,
    killSignal: 'SIGKILL',
  })
  const isLate = (error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT'
  return descriptionIn(
    { description: output?.[3] ?? '', printed: `${stdout}\n${stderr}`, status, signal, isLate },
    call,
    read,
  )
}

/**
 * Describes a file as `describeNow` does, but without holding this process up. `undefined` if `stop` was aborted before the end; the other
 * process is killed then.
 */
export async function describeFile(
  call: DescribeCall,
  { command: [command = '', ...args], env, read }: Describer,
  stop: AbortSignal,
): Promise<Described | undefined> {
  if (stop.aborted) return undefined
  let isLate = false
  const child = spawn(command, [...args, JSON.stringify(call)], { stdio, env, detached: true })
  const kill = () => child.kill('SIGKILL')
  stop.addEventListener('abort', kill)
  const timer = setTimeout(() => {
    isLate = true
    kill()
  }, loadTimeout)
  try {
    const [stdout, stderr, description] = [1, 2, 3].map((fd) => textOf(child.stdio[fd] as Readable))
    const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      child.once('exit', (...how) => resolve(how))
      child.once('error', () => resolve([null, null]))
    })
    if (stop.aborted) return undefined
    const printed = `${await stdout}\n${await stderr}`
    return descriptionIn({ description: (await description) ?? '', printed, status, signal, isLate }, call, read)
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', kill)
  }
}

/** The description comes through a pipe of its own, so that nothing which the file prints is mistaken for it. */
const stdio: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe', 'pipe']

/** The text of a stream up to its end. What the process left behind may hold the stream open: that is not waited for. */
function textOf(stream: Readable): Promise<string> {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (piece: string) => {
    text += piece
  })
  return new Promise((resolve) => {
    stream.once('close', () => resolve(text))
    stream.once('error', () => resolve(text))
  })
}

interface DescribingEnd {
  /** The description as JSON; empty if the process wrote none. */
  readonly description: string
  readonly printed: string
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  /** The process was killed because it took too long. */
  readonly isLate: boolean
}

/** The description that a process wrote, or one that says how the process ended without writing one. */
function descriptionIn(
  { description, printed, status, signal, isLate }: DescribingEnd,
  call: DescribeCall,
  read: Loading['read'],
): Described {
  if (description !== '') return JSON.parse(description) as Described
  const last = printed.trim().split('\n').at(-1) ?? ''
  const how = isLate
    ? `it did not finish within ${loadTimeout / 1000} s`
    : status === 13
      ? 'it waits for something that never happens'
      : `it ended the process ${signal === null ? `with exit code ${status}` : `by ${signal}`}`
  // The text of the file itself, so that `watch` sees when it changes.
  return {
    texts: [[call.file, read(call.file) ?? '']],
    reason: `${how}${last === '' ? '' : `; it last printed: ${last}`}.`,
  }
}

function fileOf({
  texts,
  errors,
  reason,
  untrusted,
  code,
  stages = {},
  wrong = {},
  others = [],
}: Described): CustomFile {
  const sources = new Map(texts)
  const nothing = { kinds: {}, others, wrong, sources }
  if (untrusted !== undefined) return { ...nothing, problem: { type: 'untrusted', code: untrusted } }
  if (errors !== undefined) return { ...nothing, problem: { type: 'source', errors } }
  if (reason !== undefined || code === undefined)
    return { ...nothing, problem: { type: 'failed', reason: reason ?? 'it ended without a result.' } }
  const kinds = Object.fromEntries(
    Object.entries(stages).map(([name, description]): [string, StageKind] => {
      const { digest, bundle, sources: files } = code
      return [name, kindOf(description, { digest, bundle, export: name, sources: files })]
    }),
  )
  return { ...nothing, kinds }
}
