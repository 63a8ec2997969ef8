/**
 * Job arrays that make the parts of a stage on many nodes. Each task of an array makes every n-th part and keeps it in the store. The job of the stage
 * begins when all tasks have ended, however they ended: it joins the parts, and makes those that are missing.
 */

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepIfPossible } from '../../../../store/durable.ts'
import type { StageWork } from '../../../stage-work.ts'
import { slurm } from '../cluster/commands.ts'
import { endOfArrays } from '../cluster/queue.ts'
import type { JobFolder } from '../job/job-folder.ts'
import { bytesIn, type SlurmSite } from '../site.ts'
import { commonArguments, jobIn, jobNameOf, type Submission, scriptOf } from '../submit/submit.ts'

/** The input that one task reads, unless the site file says otherwise: some ten seconds of work. */
const defaultBytes = '512MiB'
/** The most tasks of a stage, unless the site file says otherwise. */
const defaultTasks = 256
/** The largest index of an array plus 1, unless the cluster says otherwise. */
const usualArraySize = 1001

/** How many tasks make the parts of a stage; 0 if its job makes them itself. */
export function tasksFor(bytes: number, { arrays = {} }: SlurmSite): number {
  if (arrays === false) return 0
  const tasks = Math.min(Math.ceil(bytes / bytesIn(arrays.bytes ?? defaultBytes)), arrays.tasks ?? defaultTasks)
  return tasks < 2 ? 0 : tasks
}

/** The input files and artefacts of a stage, in bytes; 0 if some files are in buckets, because only the job of the stage downloads them. */
export function inputBytes({ files, inputs }: Pick<StageWork, 'files' | 'inputs'>): number {
  if (Object.values(files).some((list) => list.some(({ source }) => source !== undefined))) return 0
  const given = Object.values(files).flatMap((list) => list.map(({ path }) => path))
  const stored = Object.values(inputs).flatMap((list) =>
    list.flatMap(({ path }) => readdirSync(path).map((name) => join(path, name))),
  )
  return [...given, ...stored].reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0)
}

/** The tasks of one array: those from `offset` on. */
export interface TasksOfArray {
  readonly offset: number
  readonly count: number
}

/** Divides tasks among arrays that a cluster with this MaxArraySize accepts. */
export function arraysOf(tasks: number, maxArraySize: number): TasksOfArray[] {
  const size = Math.max(1, maxArraySize)
  return Array.from({ length: Math.ceil(tasks / size) }, (_, i) => ({
    offset: i * size,
    count: Math.min(size, tasks - i * size),
  }))
}

/** MaxArraySize of the cluster. */
export async function maxArraySize(): Promise<number> {
  const answer = await slurm('scontrol', ['show', 'config'])
  const found = answer.type === 'ok' ? /^MaxArraySize\s*=\s*(\d+)/m.exec(answer.stdout)?.[1] : undefined
  return found === undefined ? usualArraySize : Number(found)
}

export interface ArraySubmission extends Submission {
  readonly tasks: number
  /** The command of a task: `llmpipe job-parts`. */
  readonly partsCommand: readonly string[]
  /** Waits until another job may be submitted. */
  turn(): Promise<void>
}

/** Submits the arrays of a stage, and returns their ids. Of arrays that Slurm does not accept now, the job of the stage does the work. */
export async function submitArrays({ tasks, partsCommand, turn, ...submission }: ArraySubmission): Promise<string[]> {
  const { folder, site } = submission
  const ids: string[] = []
  const arrays = arraysOf(tasks, await maxArraySize())
  const atOnce = site.arrays === false ? undefined : site.arrays?.atOnce
  // All arrays together run at most `atOnce` tasks at once.
  const limit = atOnce === undefined ? '' : `%${Math.max(1, Math.floor(atOnce / arrays.length))}`
  for (const { offset, count } of arrays) {
    await turn()
    const words = [...partsCommand, folder.path, `${offset}`, `${tasks}`]
    const answer = await slurm('sbatch', arrayArguments(submission, `0-${count - 1}${limit}`), scriptOf(site, words))
    const job = answer.type === 'ok' ? jobIn(answer.stdout) : undefined
    if (job === undefined) break
    ids.push(job.id)
    keepIfPossible(() => writeFileSync(fileOf(folder), ids.join(' ')))
  }
  return ids
}

/** The arguments of `sbatch` for an array: those of the job of the stage, under other names. */
function arrayArguments(submission: Submission, tasks: string): string[] {
  const { folder, work } = submission
  return [
    ...commonArguments(submission),
    `--job-name=${jobNameOf(work)}:parts`,
    `--comment=${folder.name}${endOfArrays}`,
    `--output=${join(folder.path, 'parts.txt').replaceAll('%', '%%')}`,
    `--array=${tasks}`,
  ]
}

function fileOf(folder: JobFolder): string {
  return join(folder.path, 'arrays')
}

/** The ids of the arrays that were submitted for a job. */
export function arraysOfJob(folder: JobFolder): string[] {
  try {
    return readFileSync(fileOf(folder), 'utf8')
      .split(' ')
      .filter((id) => /^\d+$/.test(id))
  } catch {
    return []
  }
}
