/** The queue of Slurm, asked for all jobs of this runner at once: controllers serve thousands of users. */

import type { StageWork } from '../../../stage-work.ts'
import { waitsInVain } from '../follow/holds.ts'
import { isFolderName, type JobFolder } from '../job/job-folder.ts'
import { jobNameOf, nameOfVariants } from '../submit/submit.ts'
import { slurm } from './commands.ts'

/** A job as the queue lists it. */
export interface Listed {
  readonly state: string
  /** Why it waits (`Priority`, `Resources`), or why it ended; empty if the queue gives no reason. */
  readonly reason: string
  /** The node that it has or had; empty while it waits. */
  readonly node: string
  readonly name: string
  /** The name of its folder, with which it was submitted, unless the site puts something else there. */
  readonly comment: string
  /** The tasks of its arrays that wait for it in vain: the first reason, and the ids of those that have it. */
  readonly stuckTasks?: { readonly ids: readonly string[]; readonly reason: string }
}

/** Called after each answer of the queue: the job, or `absent` if the queue does not list it. */
export type QueueListener = (job: Listed | 'absent') => void

/** The pauses between two questions, in milliseconds. Each is half as long again as the one before, until something changes. */
const shortestPause = 2_000
const longestPause = 30_000

/** The end of the comment of an array, which begins with the comment of the job that waits for the array. */
export const endOfArrays = '-parts'

/** The states of a job that has ended. A state that is not among them counts as alive, because versions of Slurm add some. */
const endStates: ReadonlySet<string> = new Set([
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'REVOKED',
  'TIMEOUT',
])

export function hasEnded({ state }: Pick<Listed, 'state'>): boolean {
  return endStates.has(state)
}

/** Whether a job waits in the queue, for its first start or for another. */
export function waitsInQueue({ state }: Listed): boolean {
  return state === 'PENDING' || state === 'REQUEUED' || state === 'REQUEUE_HOLD' || state === 'SPECIAL_EXIT'
}

/**
 * Whether a job that the queue lists under an id is that of a folder, and not another with the same id: a controller that lost its state gives the ids of lost jobs to
 * new ones. Where the site writes comments of its own, the job is known by its name.
 */
export function isJobOf({ comment, name }: Listed, id: string, folder: JobFolder, work: StageWork): boolean {
  if (comment === folder.commentOf(id)) return true
  return !isFolderName(comment) && (name === jobNameOf(work) || (id.includes('_') && name === nameOfVariants(work)))
}

export class Queue {
  readonly #listeners = new Map<string, QueueListener>()
  readonly #last = new Map<string, string>()
  #pause = shortestPause
  #timer: NodeJS.Timeout | undefined
  #isAsking = false
  #isUnreachable = false
  /** Called when the controller cannot be reached any more, and when it can again. */
  onNotice: (message: string) => void = () => {}

  /** Calls `listener` for a job after each answer, until the returned function is called. */
  watch(id: string, listener: QueueListener): () => void {
    this.#listeners.set(id, listener)
    this.soon()
    return () => {
      this.#listeners.delete(id)
      this.#last.delete(id)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  /** Something has changed: asks again soon. */
  soon(): void {
    const isSoon = this.#timer !== undefined && this.#pause === shortestPause
    this.#pause = shortestPause
    // A question that is about to be asked stays: each new job would put it off again.
    if (isSoon || this.#isAsking || this.#listeners.size === 0) return
    this.#stop()
    this.#schedule()
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#ask()
    }, this.#pause)
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    const jobs = await jobsOfUser()
    this.#isAsking = false
    if (jobs.type === 'unreachable') this.#unreachable(jobs.message)
    else this.#answered(jobs.jobs)
    if (this.#listeners.size > 0) this.#schedule()
  }

  #unreachable(message: string): void {
    if (!this.#isUnreachable)
      this.onNotice(`Slurm does not answer (${message}); jobs that run go on, and llmpipe asks again until it answers`)
    this.#isUnreachable = true
    this.#pause = Math.min(longestPause, this.#pause * 1.5)
  }

  #answered(jobs: ReadonlyMap<string, Listed>): void {
    if (this.#isUnreachable) this.onNotice('Slurm answers again')
    this.#isUnreachable = false
    let hasChanged = false
    for (const [id, listener] of [...this.#listeners]) {
      const job = jobs.get(id) ?? 'absent'
      const words = JSON.stringify(job)
      hasChanged ||= this.#last.get(id) !== words
      this.#last.set(id, words)
      listener(job)
    }
    this.#pause = hasChanged ? shortestPause : Math.min(longestPause, this.#pause * 1.5)
  }
}

type Jobs =
  | { readonly type: 'ok'; readonly jobs: ReadonlyMap<string, Listed> }
  | { readonly type: 'unreachable'; readonly message: string }

/** All jobs of this user that the queue lists, also those that ended a moment ago, by id: `12`, and `12_3` for a task of an array. */
export async function jobsOfUser(): Promise<Jobs> {
  // The comment of a site and the reason come last, since they are free text.
  const answer = await slurm('squeue', ['--me', '--array', '--states=all', '--noheader', '--format=%i|%T|%N|%j|%k|%r'])
  // A refusal says nothing about jobs either: an expired login, or a controller in a strange state.
  if (answer.type !== 'ok') return { type: 'unreachable', message: answer.message }
  const jobs = new Map<string, Listed>()
  for (const line of answer.stdout.split('\n')) {
    const [id = '', state = '', node = '', name = '', comment = '', ...reason] = line.trim().split('|')
    if (!/^\d+(_\d+)?$/.test(id) || state === '') continue
    const why = reason.join('|')
    jobs.set(id, { state, node, name, comment, reason: why === 'None' ? '' : why })
  }
  for (const [folder, stuckTasks] of stuckTasksIn(jobs))
    for (const [id, job] of jobs) if (job.comment === folder) jobs.set(id, { ...job, stuckTasks })
  return { type: 'ok', jobs }
}

/** The tasks of arrays that wait in vain, by the comment of the job that waits for them. */
function stuckTasksIn(jobs: ReadonlyMap<string, Listed>): Map<string, NonNullable<Listed['stuckTasks']>> {
  const found = new Map<string, NonNullable<Listed['stuckTasks']>>()
  for (const [id, job] of jobs) {
    const { comment, reason } = job
    if (!comment.endsWith(endOfArrays) || !waitsInQueue(job) || !waitsInVain(reason)) continue
    const folder = comment.slice(0, -endOfArrays.length)
    const known = found.get(folder) ?? { ids: [], reason }
    if (known.reason === reason) found.set(folder, { reason, ids: [...known.ids, id] })
  }
  return found
}
