/** Where the jobs of a store stand, as their folders tell: nobody asks the cluster, which may not answer. */

import type { Key } from '../../../core/artefact.ts'
import type { QueueEvent } from '../../../core/event.ts'
import { touchedAt } from '../../../store/claim.ts'
import type { UseSoFar } from './job/job-folder.ts'
import { sumOfTasks, usesOf } from './parts/task-use.ts'
import { jobsIn, type StoredJob } from './stop.ts'

/** After how many seconds without a sign of life a job is reported as silent: clocks of machines differ. */
const longSilence = 300

export interface Standing {
  /** The name of the stage. */
  readonly stage: string
  readonly key: Key
  readonly queue: QueueEvent
  /** For how many seconds a job that runs has given no sign of life, if that is long. */
  readonly silent?: number
  /** The use of its starts so far, with the CPUs and GPUs that it asks for. */
  readonly use: UseSoFar & { readonly cpus: number; readonly gpus: number }
}

/** The jobs of a store that wait or run. */
export function standingJobs(root: string): Standing[] {
  return jobsIn(root).flatMap((each) => (isOver(each) ? [] : [standingOf(each)]))
}

/** Whether a job has said its last word, and did not put itself back into the queue. */
export function isOver({ folder }: Pick<StoredJob, 'folder'>): boolean {
  const end = folder.end()
  return end !== undefined && end.isRequeued !== true && end.cause !== 'signal'
}

function standingOf({ place, folder, job }: StoredJob): Standing {
  const own = folder.use()
  const use = own ?? job.use ?? { starts: 0, waited: 0, seconds: 0 }
  // Before the job starts, its tasks have made use of the cluster.
  const tasks = sumOfTasks(usesOf(folder), job.use?.tasks)
  const end = folder.end()
  const isRunning = end === undefined && own?.node !== undefined
  const silent = isRunning ? (Date.now() - (touchedAt(folder.lease) ?? 0)) / 1_000 : 0
  const { name, resources } = job.work.node
  return {
    stage: name,
    key: job.claim.key,
    queue: {
      event: 'queue',
      state: isRunning ? 'running' : 'pending',
      job: place.id,
      ...(isRunning ? { node: own.node!, waited: own.waited } : {}),
      ...(end?.cause === 'signal' && end.isRequeued !== true ? { reason: 'a signal ended its last start' } : {}),
    },
    ...(silent > longSilence ? { silent } : {}),
    use: {
      ...use,
      ...(tasks === undefined ? {} : { tasks }),
      cpus: use.cpus ?? resources.cpus,
      gpus: resources.gpus ?? 0,
    },
  }
}
