/**
 * The folder of a job in the store. It lies beside the work folder, which goes when the stage is done, so that everybody who follows the job reads its
 * end.
 *
 *     jobs/<name>/job.json       the work, and the claim that the runner made for it
 *     jobs/<name>/events.jsonl   the events of the stage, one a line
 *     jobs/<name>/end.json       how it ended: written, synced and renamed, so it is never half there
 *     jobs/<name>/lease          touched by the job while it lives
 *     jobs/<name>/use.json       how long it waited and ran so far
 *     jobs/<name>/stop           asks the job to save its work and stop
 *     jobs/<name>/output.txt     what its script printed
 *     jobs/<name>/array          if it is a task of an array: the name of the array, and the index of the task
 *     jobs/<array>/<index>.txt   what the scripts of the tasks of an array printed
 */

import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../../../../core/artefact.ts'
import type { JobUse, StageFailure } from '../../../../core/event.ts'
import {
  isCount,
  isNumber,
  isObject,
  isText,
  oneOf,
  optional,
  type Shape,
  shape,
} from '../../../../core/values/shape.ts'
import { isTasksUse } from '../../../../store/action-shape.ts'
import { isMissing, keepIfPossible, makeFolder, replaceFile, statOf } from '../../../../store/durable.ts'
import { seal, unseal } from '../../../../store/sealed.ts'
import type { StageWork } from '../../../stage-work.ts'
import { isProgress, type Progress } from './progress.ts'

/** The use that jobs of a stage have made of the cluster so far. */
export type UseSoFar = Pick<JobUse, 'starts' | 'waited' | 'seconds' | 'tasks'> & Partial<Pick<JobUse, 'node' | 'cpus'>>

const isUseSoFar = shape<UseSoFar>({
  starts: isCount,
  waited: isNumber,
  seconds: isNumber,
  node: optional(isText),
  cpus: optional(isNumber),
  tasks: optional(isTasksUse),
})

/** The work of a job. */
export interface JobFile {
  readonly version: 1
  /** The version of llmpipe that computed the key. */
  readonly llmpipe: string
  readonly work: StageWork
  /** The claim that the runner made for the job. */
  readonly claim: { readonly key: Key; readonly attempt: number; readonly text: string }
  /** The step of the checkpoint that the job resumes from. */
  readonly resumedFrom?: number
  /** The use that earlier jobs of the stage made of the cluster. */
  readonly use?: UseSoFar
  /** How far the starts of earlier jobs of the stage got. */
  readonly progress?: Progress
  /** The time of the failure that the store had for the stage before: another time is that of a failure of this job, whatever the clock of its node. */
  readonly formerFailure?: number
  /** When it was written, in milliseconds since the epoch by the clock of the runner. */
  readonly time: number
}

/** How one start of a job ended. */
export interface JobEnd {
  readonly version: 1
  /** The id of the job. */
  readonly job: string
  /** How often the cluster had started the job again. */
  readonly restart: number
  readonly node: string
  /** In milliseconds since the epoch, by the clock of the node. */
  readonly time: number
  readonly outcome:
    | { readonly type: 'done'; readonly unchanged: boolean }
    | { readonly type: 'failed'; readonly error: StageFailure; readonly seconds: number }
    | { readonly type: 'interrupted'; readonly step?: number }
    /** Another job, or a process, has taken the work over. */
    | { readonly type: 'superseded' }
  /** Who interrupted it: its time limit was near, somebody asked for it with `llmpipe stop`, or a signal came (`scancel`, preemption). */
  readonly cause?: 'time' | 'stop' | 'signal'
  /** How far the starts of the stage got, if its time limit was near. */
  readonly progress?: Progress
  /** The job has put itself back into the queue. */
  readonly isRequeued?: true
}

const isFailure = shape<StageFailure>({
  code: isText,
  message: isText,
  help: optional(isText),
  detail: optional(isText),
})
const outcomes: Readonly<Record<string, Shape<object>>> = {
  done: shape({ unchanged: (value): value is boolean => typeof value === 'boolean' }),
  failed: shape({ error: isFailure, seconds: isNumber }),
  interrupted: shape({ step: optional(isNumber) }),
  superseded: shape({}),
}

const isJobEnd = shape<JobEnd>({
  version: (value): value is 1 => value === 1,
  job: isText,
  restart: isCount,
  node: isText,
  time: isNumber,
  outcome: (value): value is JobEnd['outcome'] =>
    isObject(value) && isText(value.type) && Object.hasOwn(outcomes, value.type) && outcomes[value.type]!(value),
  cause: optional(oneOf('time', 'stop', 'signal')),
  progress: optional(isProgress),
  isRequeued: optional((value): value is true => value === true),
})

const isJobFile = (value: unknown): value is JobFile =>
  isObject(value) &&
  value.version === 1 &&
  isText(value.llmpipe) &&
  isObject(value.work) &&
  isObject(value.claim) &&
  isNumber(value.time)

/** Whether a text is the name of the folder of a job. */
export function isFolderName(text: string): boolean {
  return /^[0-9a-f]{16}-[0-9a-f]{12}$/.test(text)
}

export class JobFolder {
  readonly #root: string
  readonly name: string
  #array: { readonly name: string; readonly index: number } | undefined

  /** The folder of a job in the store `root`. */
  constructor(root: string, name: string) {
    this.#root = root
    this.name = name
  }

  /** Makes the folder of a new job. */
  static make(root: string, file: JobFile): JobFolder {
    const folder = new JobFolder(root, `${file.claim.key.slice(0, 16)}-${randomBytes(6).toString('hex')}`)
    makeFolder(root, folder.path)
    replaceFile(root, join(folder.path, 'job.json'), seal('job', file), true)
    return folder
  }

  get path(): string {
    return join(this.#root, 'jobs', this.name)
  }

  get events(): string {
    return join(this.path, 'events.jsonl')
  }

  get lease(): string {
    return join(this.path, 'lease')
  }

  get output(): string {
    const array = this.array
    return array === undefined
      ? join(this.path, 'output.txt')
      : join(JobFolder.outputsOfArray(this.#root, array.name), `${array.index}.txt`)
  }

  /** The folder for what the scripts of the tasks of an array print. It is removed like the folder of a job. */
  static outputsOfArray(root: string, name: string): string {
    return join(root, 'jobs', name)
  }

  /** The array of which the job is a task; `undefined` if it is a job by itself, or has not been submitted. */
  get array(): { readonly name: string; readonly index: number } | undefined {
    this.#array ??= readArray(join(this.path, 'array'))
    return this.#array
  }

  /** Writes down that the job is a task of an array. */
  joinArray(array: { readonly name: string; readonly index: number }): void {
    makeFolder(this.#root, JobFolder.outputsOfArray(this.#root, array.name))
    writeFileSync(join(this.path, 'array'), `${array.name} ${array.index}\n`)
    this.#array = array
  }

  /** The comment with which the job of this id was submitted. */
  commentOf(id: string): string | undefined {
    return id.includes('_') ? this.array?.name : this.name
  }

  /** Whether the folder is there. Throws if the file system does not say: a folder that cannot be seen is not one that is gone. */
  get exists(): boolean {
    return statOf(this.path) !== undefined
  }

  /** The work of the job; `undefined` if the file is missing or corrupt. */
  job(): JobFile | undefined {
    const job = this.#sealed('job')
    return isJobFile(job) ? job : undefined
  }

  /** How the job ended; `undefined` while it has not, or if the file is corrupt. */
  end(): JobEnd | undefined {
    const end = this.#sealed('end')
    return isJobEnd(end) ? end : undefined
  }

  /** Removes the end of an earlier start of the job. */
  clearEnd(): void {
    rmSync(join(this.path, 'end.json'), { force: true })
  }

  /** Writes the end of the job, unless its folder is gone: whoever followed the job knows that its stage is done. */
  writeEnd(end: JobEnd): void {
    if (this.exists) replaceFile(this.#root, join(this.path, 'end.json'), seal('end', end), true)
  }

  /** Asks the job to save its work and stop. */
  askToStop(): void {
    writeFileSync(join(this.path, 'stop'), '')
  }

  get isAskedToStop(): boolean {
    return existsSync(join(this.path, 'stop'))
  }

  /** Whether Slurm has made the file for what the script of the job prints, which it does at the start of the job. */
  get hasOutput(): boolean {
    return existsSync(this.output)
  }

  /** The last lines that the script of the job printed. */
  lastOutput(lines = 20): string[] {
    try {
      return readFileSync(this.output, 'utf8')
        .trimEnd()
        .split('\n')
        .filter((line) => line !== '')
        .slice(-lines)
    } catch {
      // The node could not write it: then the reason is elsewhere.
      return []
    }
  }

  remove(): void {
    keepIfPossible(() => {
      if (this.array !== undefined) rmSync(this.output, { force: true })
      rmSync(this.path, { recursive: true, force: true })
    })
  }

  /** The use of the cluster up to now; `undefined` before the job ran. */
  use(): UseSoFar | undefined {
    const use = this.#sealed('use')
    return isUseSoFar(use) ? use : undefined
  }

  writeUse(use: UseSoFar): void {
    replaceFile(this.#root, join(this.path, 'use.json'), seal('use', use), false)
  }

  #sealed(what: 'job' | 'end' | 'use'): unknown {
    try {
      return unseal(what, readFileSync(join(this.path, `${what}.json`), 'utf8'))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }
}

function readArray(path: string): { readonly name: string; readonly index: number } | undefined {
  try {
    const [name = '', index = ''] = readFileSync(path, 'utf8').trim().split(' ')
    return isFolderName(name) && /^\d+$/.test(index) ? { name, index: Number(index) } : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** How long the folder of a job that ended is kept for people who look for the reason of a failure, in milliseconds. */
const keptFor = 7 * 86_400_000

/** Removes the folders of jobs that ended long ago, or were lost. Those in `kept` stay: a job may wait in the queue for weeks. */
export function removeOldJobs(root: string, kept: ReadonlySet<string>, now: number): void {
  let names: string[]
  try {
    names = readdirSync(join(root, 'jobs'))
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  for (const name of names) {
    if (kept.has(name) || !isFolderName(name)) continue
    const folder = new JobFolder(root, name)
    // A folder that nothing is written to any more: the lease of a job that lives is touched.
    const times = [join(folder.path, 'end.json'), folder.lease, folder.path].map(
      (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0,
    )
    if (now - Math.max(...times) > keptFor) folder.remove()
  }
}
