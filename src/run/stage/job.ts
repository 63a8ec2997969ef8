/** The messages between the runner and a stage: the runner sends one job; the stage sends events and at last its result, one JSON object a line. */

import { join } from 'node:path'
import type { StageEvent, StageFailure } from '../../core/event.ts'
import type { StageRun } from '../../core/kind/stage.ts'
import type { StageReport } from '../../core/report.ts'
import type { Json } from '../../core/values/json.ts'
import { mapValues } from '../../core/values/map-values.ts'
import { withoutWords } from '../../core/values/without-words.ts'
import type { Claim } from '../../store/claim.ts'
import { codeFile } from '../../store/inputs/code.ts'
import type { Outputs } from '../../store/store.ts'
import type { Share } from '../attempt.ts'
import { isStageMessage } from '../log/event-shape.ts'
import type { StageWork } from '../stage-work.ts'

export interface StageJob extends Omit<StageRun, 'emit' | 'signal' | 'parts' | 'spread'> {
  readonly version: 1
  readonly kind: string
  /** How many threads more than `threads` may make parts: the cores that nothing else needed when the stage started. */
  readonly spareThreads?: number
  /** The store that keeps parts, and what belongs to the identity of a part besides its content. */
  readonly parts: { readonly store: string; readonly scope: Json }
  /** For a custom stage: the file that is executed, its SHA-256, and the name under which the stage is exported. */
  readonly code?: { readonly file: string; readonly sha256: string; readonly export: string }
}

/** How a stage ended, in its last message. */
export type StageResult =
  | { readonly event: 'done'; readonly report: StageReport }
  | { readonly event: 'failed'; readonly error: StageFailure }
  | { readonly event: 'interrupted'; readonly step?: number }

export type StageMessage = StageEvent | StageResult

/** The job for an attempt. */
export function jobOf(
  work: StageWork,
  claim: Pick<Claim, 'checkpoints'>,
  outputs: Outputs,
  { threads, spareThreads = 0, gpus }: Share,
): StageJob {
  const { node, inputs, files, models, root } = work
  const { kind, version, params, hints } = node
  const code = node.code && {
    file: codeFile(root, node.code.bundle),
    sha256: node.code.bundle,
    export: node.code.export,
  }
  // Parts do not depend on names that the program gives to things. A forced run reuses no parts but its own.
  const scope = { kind, version, params: withoutWords(params), ...(work.fresh ? { run: work.draft.run } : {}) }
  return {
    version: 1,
    kind,
    ...(code === undefined ? {} : { code }),
    params,
    hints,
    inputs,
    files: mapValues(files, (list) =>
      list.map(({ path, name, sha256, source }) => ({
        path,
        name,
        sha256,
        ...(source === undefined ? {} : { source }),
      })),
    ),
    models,
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, { folder }]) => [name, folder])),
    work: claim.checkpoints,
    ...(node.continues === undefined ? {} : { keepState: node.continues.until }),
    people: join(root, 'people'),
    parts: { store: root, scope },
    threads,
    ...(spareThreads === 0 ? {} : { spareThreads }),
    gpus: gpus.length,
  }
}

/** Parses one line of a stage's output. `undefined` for a line that is not a message; the caller logs it. */
export function messageIn(line: string): StageMessage | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return isStageMessage(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isStageResult(message: StageMessage): message is StageResult {
  return message.event === 'done' || message.event === 'failed' || message.event === 'interrupted'
}

/** Parses a job. Returns a sentence if the text is not a job. */
export function jobIn(text: string): StageJob | string {
  let job: Partial<Record<keyof StageJob, unknown>>
  try {
    job = JSON.parse(text)
  } catch {
    return 'the job is not JSON'
  }
  if (job === null || typeof job !== 'object') return 'the job is not an object'
  if (job.version !== 1) return `the job has version ${job.version}, not 1`
  for (const name of ['params', 'hints', 'inputs', 'files', 'models', 'outputs', 'parts'] as const) {
    if (job[name] === null || typeof job[name] !== 'object') return `the job has no ${name}`
  }
  if (
    typeof job.kind !== 'string' ||
    typeof job.work !== 'string' ||
    typeof job.people !== 'string' ||
    typeof job.threads !== 'number'
  ) {
    return 'the job lacks its kind, work folder or threads'
  }
  const { code } = job as Partial<StageJob>
  if (code !== undefined && [code?.file, code?.sha256, code?.export].some((each) => typeof each !== 'string'))
    return 'the job has code without a file, its SHA-256 or an export'
  return job as StageJob
}
