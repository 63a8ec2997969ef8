/** Watches jobs for people who only look: their events, their place in the queue, their ends. Nothing in the store and nothing on the cluster changes. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { QueueEvent, StageEvent, StageFailure } from '../../../core/event.ts'
import { beatInterval } from '../../../store/claim.ts'
import type { Action, Store } from '../../../store/store.ts'
import { hasEnded, isJobOf, type Listed, type Queue, waitsInQueue } from './cluster/queue.ts'
import { EventTail } from './follow/event-tail.ts'
import type { FilePatience } from './follow/file-patience.ts'
import { Lease } from './follow/lease.ts'
import { isOver } from './standing.ts'
import type { StoredJob } from './stop.ts'

/** How often the files of a job are looked at, in milliseconds. */
const look = 250
/** How long to wait for a record that another machine wrote, in milliseconds: NFS shows new files up to a minute late. */
const filesAppear = 70_000

export type ObservedEnd =
  | { readonly type: 'done'; readonly action: Action; readonly unchanged: boolean }
  | { readonly type: 'failed'; readonly error: StageFailure; readonly seconds: number }
  | { readonly type: 'interrupted'; readonly step?: number }
  /** It ended without a result, as far as can be seen. */
  | { readonly type: 'lost' }

export interface ObserveOptions {
  readonly store: Pick<Store, 'lookup'>
  readonly queue: Pick<Queue, 'watch'>
  readonly files: FilePatience
  /** Receives the events of the job with the time at which it wrote them, in milliseconds since the epoch. */
  readonly emit: (event: StageEvent, time: number) => void
  /** Whether nobody looks any more. */
  readonly hasLeft: () => boolean
  /** How long the lease of a job that the queue does not list has to be silent, in milliseconds. */
  readonly silence?: number
}

/** Watches a job to its end. `undefined` if nobody looks any more. */
export async function observe(
  { place, folder, job }: StoredJob,
  { store, queue, files, emit, hasLeft, silence = 3 * beatInterval }: ObserveOptions,
): Promise<ObservedEnd | undefined> {
  const tail = new EventTail(folder.events)
  const lease = new Lease(folder.lease)
  let absences = 0
  let shown: string | undefined
  const answered = (answer: Listed | 'absent') => {
    const listed = answer !== 'absent' && isJobOf(answer, place.id, folder, job.work) && !hasEnded(answer)
    absences = listed ? 0 : absences + 1
    if (!listed) return
    const words = waitsInQueue(answer) ? answer.reason : undefined
    if (words !== undefined && words !== shown) emit(pending(place.id, words), Date.now())
    shown = words
  }
  const stopWatching = queue.watch(place.id, answered)
  const pass = () => {
    for (const { event, time } of tail.readTimed()) emit(event, Math.min(time ?? Date.now(), Date.now()))
  }
  let doneSince: number | undefined
  /** How the job ended; `undefined` while it has not. Throws if its files cannot be read. */
  const ended = async (): Promise<ObservedEnd | undefined> => {
    pass()
    const end = folder.end()
    // Whoever follows the job too may have read its end and removed the folder.
    if (end?.outcome.type === 'done' || !folder.exists) {
      const action = await store.lookup(job.claim.key)
      pass()
      if (action !== undefined)
        return { type: 'done', action, unchanged: end?.outcome.type === 'done' && end.outcome.unchanged }
      doneSince ??= performance.now()
      return performance.now() - doneSince > filesAppear ? { type: 'lost' } : undefined
    }
    // A file system that did not show the folder for a moment shows it again.
    doneSince = undefined
    if (end?.outcome.type === 'failed') return end.outcome
    if (end?.outcome.type === 'interrupted' && isOver({ folder })) return end.outcome
    if (end?.outcome.type === 'superseded') return { type: 'lost' }
    if (absences < 2) lease.forget()
    else if (lease.silence() > silence) return { type: 'lost' }
    return undefined
  }
  const reader = files.reader(`slurm job ${place.id}`)
  try {
    while (!hasLeft()) {
      let pause = look
      try {
        const end = await ended()
        if (end !== undefined) return end
        reader.fine()
      } catch (error) {
        pause = reader.met(error)
      }
      for (let left = pause; left > 0 && !hasLeft(); left -= look) await sleep(Math.min(look, left))
    }
    return undefined
  } finally {
    reader.fine()
    stopWatching()
  }
}

/** That a job waits, and why. */
export function pending(job: string, reason: string): QueueEvent {
  return { event: 'queue', state: 'pending', job, ...(reason === '' ? {} : { reason }) }
}
