/** Loads files of stages: what is known of one is kept, and good while no source of it has changed. */

import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import type { OwnFile } from '../core/custom.ts'
import type { StageKind } from '../core/kind.ts'
import { hasCode } from '../store/inputs/code.ts'
import { loadMemo, type MemoRequest, saveMemo } from '../store/memo.ts'
import type { DescribeCall, Described } from './describe.ts'
import { kindOf } from './kind.ts'

export interface Loading {
  /** The program that uses the files. */
  readonly program: string
  /** The folder of the store. */
  readonly root: string
  /** Another for every build of llmpipe. */
  readonly llmpipe: string
  /** The settings that all stages have. */
  readonly common: readonly string[]
  /** How the process that looks at a file is started; its call is added as JSON. */
  readonly command: readonly string[]
  /** The environment of that process. */
  readonly env: NodeJS.ProcessEnv
  /** Whether a bundle may be executed, by its SHA-256. */
  isTrusted(bundle: string): boolean
  /** All sources are trusted as they are. */
  readonly allow?: boolean
  /** The text of a file; nothing where it is not there. */
  read(path: string): string | undefined
}

/** How long a file may take to be loaded, in milliseconds. */
const patience = 30_000

/** What a file of stages exports; nothing where there is no such file. */
export function loadOwn(file: string, loading: Loading): OwnFile | undefined {
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
  const described = describe({ file, root, base, common, allow }, loading)
  // Why one failed may lie outside of its sources: that is tried again.
  if (described.stages !== undefined)
    saveMemo(root, request, new Map(described.texts), { ...described, texts: [] } satisfies Described)
  return fileOf(described)
}

/** Has a process look at a file. */
function describe(call: DescribeCall, { command: [command = '', ...args], env, read }: Loading): Described {
  const { stdout, stderr, output, status, signal, error } = spawnSync(command, [...args, JSON.stringify(call)], {
    // What it has to say comes through a pipe of its own: whatever the file prints is not mistaken for it.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    timeout: patience,
    killSignal: 'SIGKILL',
  })
  const said = output?.[3]
  if (said) return JSON.parse(said) as Described
  const last = `${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? ''
  const how =
    (error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT'
      ? `it did not come to an end within ${patience / 1000} s`
      : status === 13
        ? 'it waits for something that never happens'
        : `it ended the process ${signal === null ? `with exit code ${status}` : `by ${signal}`}`
  // At least its own text, for those who watch for a change of it.
  return {
    texts: [[call.file, read(call.file) ?? '']],
    reason: `${how}${last === '' ? '' : `; it said last: ${last}`}.`,
  }
}

function fileOf({ texts, errors, reason, untrusted, code, stages = {}, wrong = {}, others = [] }: Described): OwnFile {
  const sources = new Map(texts)
  const nothing = { kinds: {}, others, wrong, sources }
  if (untrusted !== undefined) return { ...nothing, problem: { type: 'untrusted', code: untrusted } }
  if (errors !== undefined) return { ...nothing, problem: { type: 'source', errors } }
  if (reason !== undefined || code === undefined)
    return { ...nothing, problem: { type: 'failed', reason: reason ?? 'nothing came of it.' } }
  const kinds = Object.fromEntries(
    Object.entries(stages).map(([name, description]): [string, StageKind] => {
      const { digest, bundle, sources: files } = code
      return [name, kindOf(description, { digest, bundle, export: name, sources: files })]
    }),
  )
  return { ...nothing, kinds }
}
