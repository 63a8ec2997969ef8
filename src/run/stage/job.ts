/** What the runner and a stage's process say to each other: one job in, events and one last word out, a JSON line each. */

import type { StageEvent, StageFailure } from '../../core/event.ts'
import type { Json } from '../../core/json.ts'
import type { StageReport } from '../../core/report.ts'
import type { StageRun } from '../../core/stage.ts'
import { isStageMessage } from '../log/event-shape.ts'

export interface StageJob extends Omit<StageRun, 'emit' | 'signal' | 'parts'> {
  readonly version: 1
  readonly kind: string
  /** The store that parts are kept in, and what they are kept by besides their content. */
  readonly parts: { readonly store: string; readonly scope: Json }
  /** Of a kind of the project's own: the file that is executed, what it has to hold, and the name the stage is exported by. */
  readonly code?: { readonly file: string; readonly sha256: string; readonly export: string }
}

/** The last line of a stage. */
export type LastWord =
  | { readonly event: 'done'; readonly report: StageReport }
  | { readonly event: 'failed'; readonly error: StageFailure }
  | { readonly event: 'interrupted'; readonly step?: number }

export type StageMessage = StageEvent | LastWord

/** The message in a line a stage wrote; nothing for a line that is something else, which then is log. */
export function messageIn(line: string): StageMessage | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return isStageMessage(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isLastWord(message: StageMessage): message is LastWord {
  return message.event === 'done' || message.event === 'failed' || message.event === 'interrupted'
}

/** The job in a text, or what is wrong with it. */
export function jobIn(text: string): StageJob | string {
  let job: Partial<Record<keyof StageJob, unknown>>
  try {
    job = JSON.parse(text)
  } catch {
    return 'the job is not JSON'
  }
  if (job === null || typeof job !== 'object') return 'the job is no object'
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
