/** Ends the jobs of a store. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Digest } from '../../../core/artefact.ts'
import type { JobPlace } from '../../../core/event.ts'
import { StageError } from '../../../core/failure.ts'
import { keysWithWork } from '../../../store/care/leftovers.ts'
import { beatInterval, endClaimOfJob, holderOfClaim } from '../../../store/claim.ts'
import { hasCode } from '../../../store/inputs/code.ts'
import { slurm } from './cluster/commands.ts'
import { hasEnded, isJobOf, jobsOfUser } from './cluster/queue.ts'
import { Lease } from './follow/lease.ts'
import { type JobEnd, type JobFile, JobFolder } from './job/job-folder.ts'
import { arraysOfJob } from './parts/arrays.ts'

export interface StoredJob {
  readonly place: JobPlace
  readonly folder: JobFolder
  readonly job: JobFile
}

/** The jobs that hold the claim of a key in a store. */
export function jobsIn(root: string): StoredJob[] {
  return [...keysWithWork(root)].flatMap((key) => {
    const place = holderOfClaim(root, key)
    if (place?.type !== 'job') return []
    const folder = new JobFolder(root, place.folder)
    const job = folder.job()
    return job === undefined ? [] : [{ place, folder, job }]
  })
}

/** The artefacts that the jobs of a store read. */
export function inputsOfJobs(root: string): Digest[] {
  return jobsIn(root).flatMap(({ job }) =>
    Object.values(job.work.inputs).flatMap((list) => list.map((each) => each.digest)),
  )
}

/** Marks the code of custom stages that jobs will run as used, so that `cache gc` keeps it however long they wait. */
export function keepCodeOfJobs(root: string): void {
  for (const { job } of jobsIn(root)) if (job.work.node.code !== undefined) hasCode(root, job.work.node.code.bundle)
}

export type Stopped =
  | { readonly type: 'ended'; readonly outcome: JobEnd['outcome'] }
  /** It had not started, or did not end by itself in time. */
  | { readonly type: 'canceled'; readonly hadStarted: boolean }

/** How patiently a job is stopped, in milliseconds. */
export interface StopPatience {
  /** How often the job is looked at. */
  readonly look: number
  /** How long it may take to save its work before it is canceled. */
  readonly save: number
  /** How long the lease of a job that the queue does not list has to be silent before the job counts as dead. */
  readonly lease: number
}

const usual: StopPatience = { look: 1_000, save: 120_000, lease: 3 * beatInterval }

/**
 * Ends a job: one that runs saves its work first, unless `now`. A job that the controller has forgotten may run all the same, as its lease shows; it
 * reads in its folder that it is to stop. Rejected with a StageError if the queue does not answer.
 */
export async function stopJob(
  root: string,
  { place, folder, job }: StoredJob,
  now: boolean,
  patience = usual,
): Promise<Stopped> {
  const { key } = job.claim
  folder.askToStop()
  const before = folder.end()?.restart
  const began = performance.now()
  const deadline = began + (now ? 0 : patience.save)
  const lease = new Lease(folder.lease)
  let absences = 0
  for (;;) {
    const end = folder.end()
    if (end !== undefined && end.restart !== before) return { type: 'ended', outcome: end.outcome }
    const jobs = await jobsOfUser()
    if (jobs.type !== 'ok') throw new StageError('slurm', `Slurm does not answer: ${jobs.message}`, 'Try again later.')
    const sameId = jobs.jobs.get(place.id)
    const listed = sameId !== undefined && isJobOf(sameId, place.id, folder, job.work) ? sameId : undefined
    absences = listed === undefined ? absences + 1 : 0
    const isForgotten = listed === undefined
    // Its first look may have come between two beats of the lease, and the queue may leave a job out once.
    const isAlive = isForgotten && (absences < 2 || (lease.exists && lease.silence() < patience.lease))
    const isRunning = isAlive || (listed !== undefined && listed.state !== 'PENDING' && !hasEnded(listed))
    // Slurm cannot cancel a job that it has forgotten, but the job ends once its claim is gone.
    if (isAlive && performance.now() > began + patience.save) endClaimOfJob(root, key, place)
    if (!isRunning || (!isForgotten && performance.now() > deadline)) {
      const answer = listed === undefined || hasEnded(listed) ? undefined : await slurm('scancel', [place.id])
      if (answer !== undefined && answer.type !== 'ok')
        throw new StageError('slurm', `scancel ${place.id}: ${answer.message}`, 'Try again later.')
      // Slurm may have forgotten arrays that have ended, which is no reason to fail.
      const arrays = answer === undefined ? [] : arraysOfJob(folder)
      if (arrays.length > 0) await slurm('scancel', arrays)
      // Its last word counts if it had one.
      const last = folder.end()
      if (last !== undefined && last.restart !== before) return { type: 'ended', outcome: last.outcome }
      if (!isRunning) {
        folder.writeEnd({
          version: 1,
          job: place.id,
          restart: place.restart ?? 0,
          node: '',
          time: Date.now(),
          outcome: { type: 'interrupted' },
          cause: 'stop',
        })
        endClaimOfJob(root, key, place)
      }
      return { type: 'canceled', hadStarted: isRunning || lease.exists }
    }
    await sleep(patience.look)
  }
}
