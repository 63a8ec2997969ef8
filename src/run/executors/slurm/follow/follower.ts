/**
 * Follows one job to its end. What counts, in this order:
 *
 * 1. `end.json`, and for a job that is done the record in the store;
 * 2. the state of the job in the queue, once its lease is silent: a node that the controller lost may still compute;
 * 3. a job that the queue does not list is unknown. It counts as dead when its lease is silent and two answers of the queue agree.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { JobPlace, StageEvent } from '../../../../core/event.ts'
import { beatInterval, endClaimOfJob } from '../../../../store/claim.ts'
import { keepFailure, readFailure } from '../../../../store/failures.ts'
import type { Action, Store } from '../../../../store/store.ts'
import { logsLeft } from '../../../stage/logs.ts'
import type { Outcome } from '../../../stage-work.ts'
import type { Accounting } from '../cluster/accounting.ts'
import { hasEnded, isJobOf, type Listed, type Queue, waitsInQueue } from '../cluster/queue.ts'
import type { JobEnd, JobFile, JobFolder } from '../job/job-folder.ts'
import { pending } from '../observe.ts'
import { EventTail } from './event-tail.ts'
import type { FilePatience } from './file-patience.ts'
import { Holds } from './holds.ts'
import { Lease } from './lease.ts'
import { canceled, type Evidence, type Verdict, verdictOn } from './verdict.ts'

/** The patience of a follower, in milliseconds. */
export interface Patience {
  /** How often the files of a job are looked at, and how much longer for each job that is followed. */
  readonly look: number
  readonly lookPerJob: number
  /** How long the lease of a job has to be silent before the job counts as dead. */
  readonly lease: number
  /** How long to wait for files that another machine wrote: NFS shows a new name up to a minute late. */
  readonly files: number
  /** How long to wait for `end.json` of a job that ended and never ran as far as is known. */
  readonly end: number
}

const usual: Patience = { look: 250, lookPerJob: 2, lease: 3 * beatInterval, files: 70_000, end: 10_000 }

export interface FollowerContext {
  readonly store: Store
  readonly queue: Pick<Queue, 'watch'>
  readonly accounting: Pick<Accounting, 'job'>
  readonly files: FilePatience
  /** How many jobs are followed now. */
  followed(): number
  /** The job was started by another run: if it is dead already, its stage is started again and has not failed. */
  readonly isAdopted: boolean
  /** A node on which the stage must not run again. */
  onBadNode(node: string): void
  readonly patience?: Patience
}

export class Follower {
  readonly #place: JobPlace
  readonly #folder: JobFolder
  readonly #job: JobFile
  readonly #context: FollowerContext
  readonly #tail: EventTail
  readonly #holds: Holds
  readonly #patience: Patience
  readonly #emit: (event: StageEvent) => void
  #listed: Listed | 'absent' | undefined
  /** How many answers of the queue in a row did not list the job. */
  #absences = 0
  #wasSeenAlive = false
  #shownReason: string | undefined
  readonly #lease: Lease
  #wasAskedToStop = false
  #hasLeft = false
  #wake = () => {}

  constructor(
    place: JobPlace,
    folder: JobFolder,
    job: JobFile,
    context: FollowerContext,
    emit: (event: StageEvent) => void,
  ) {
    this.#place = place
    this.#folder = folder
    this.#job = job
    this.#context = context
    this.#tail = new EventTail(folder.events)
    this.#lease = new Lease(folder.lease)
    this.#holds = new Holds({ id: place.id, emit })
    this.#emit = emit
    this.#patience = context.patience ?? usual
  }

  /** Stops following: the job goes on. */
  leave(): void {
    this.#hasLeft = true
    this.#wake()
  }

  async outcome(): Promise<Outcome> {
    const { queue, followed, files } = this.#context
    const stopWatching = queue.watch(this.#place.id, (job) => this.#answered(job))
    const reader = files.reader(`slurm job ${this.#place.id}`)
    try {
      for (;;) {
        let pause = this.#patience.look + this.#patience.lookPerJob * followed()
        try {
          const outcome = await this.#look()
          if (outcome !== undefined) return outcome
          reader.fine()
        } catch (error) {
          // A file system may fail for a while (ESTALE), and the job does not depend on this process.
          if (this.#hasLeft) return this.#left()
          pause = Math.max(pause, reader.met(error))
        }
        await this.#pause(pause)
      }
    } finally {
      reader.fine()
      stopWatching()
    }
  }

  async #look(): Promise<Outcome | undefined> {
    for (const event of this.#tail.read()) this.#emit(event)
    const outcome = (await this.#ended()) ?? (this.#hasLeft ? this.#left() : (this.#stuck() ?? (await this.#dead())))
    if (outcome !== undefined) for (const event of this.#tail.read()) this.#emit(event)
    return outcome
  }

  #left(): Outcome {
    return { type: 'interrupted', continuesIn: this.#place }
  }

  /** The failure of a stage whose job will not start. The job keeps its claim: it is still in the queue, where the next run finds it. */
  #stuck(): Outcome | undefined {
    const error = this.#holds.failure
    return error && { type: 'failed', error, seconds: 0 }
  }

  async #pause(milliseconds: number): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    await Promise.race([woken, sleep(milliseconds)])
  }

  #answered(answer: Listed | 'absent'): void {
    const job = answer === 'absent' || isJobOf(answer, this.#place.id, this.#folder, this.#job.work) ? answer : 'absent'
    this.#listed = job
    this.#absences = job === 'absent' ? this.#absences + 1 : 0
    if (job === 'absent' || hasEnded(job)) return
    this.#wasSeenAlive = true
    const { stuckTasks } = job
    const { reason } = stuckTasks ?? job
    if (!waitsInQueue(job)) {
      this.#shownReason = undefined
      this.#holds.clear()
      return
    }
    if (this.#shownReason !== reason) {
      this.#shownReason = reason
      this.#emit(pending(this.#place.id, reason))
    }
    this.#holds.waits(reason, stuckTasks?.ids.join(','))
    if (this.#holds.failure !== undefined) this.#wake()
  }

  /** The outcome in `end.json`; `undefined` if there is none, or if the cluster starts the job again. */
  async #ended(): Promise<Outcome | undefined> {
    const last = this.#folder.end()
    // If the answer of sbatch was lost, a second job has the same folder. That the second is superseded says nothing about this one.
    const isOfTwin = last?.outcome.type === 'superseded' && last.job !== this.#place.id
    const end = isOfTwin ? undefined : last
    if (end === undefined) {
      // Whoever followed the job too has read its end and removed the folder.
      const action = this.#folder.exists ? undefined : await this.#record()
      return action && { type: 'done', committed: { action, unchanged: false } }
    }
    const { outcome, cause } = end
    switch (outcome.type) {
      case 'done':
        return this.#done(outcome.unchanged)
      case 'failed':
        return outcome
      case 'superseded':
        // Or it met the claim of a runner that gave the claim to it only afterwards: then nobody else has its work.
        endClaimOfJob(this.#context.store.root, this.#job.claim.key, this.#place)
        return { type: 'displaced', message: `slurm job ${this.#place.id} found its work taken over`, cause: 'cluster' }
      case 'interrupted':
        break
    }
    if (cause === 'stop' && !this.#wasAskedToStop)
      return this.isStale ? this.#conclude(displacedOf(this.#place.id)) : outcome
    if (end.isRequeued || cause !== 'time') return this.#interrupted(end)
    // The claim is ended here too: the job may not have done it yet, and its stage would meet the same end again.
    return this.#conclude({
      type: 'displaced',
      message: `slurm job ${this.#place.id} ${savedAt(outcome.step)} before its time limit; another job continues`,
      cause: 'time-limit',
    })
  }

  /** The record of the stage; `undefined` if there is none, or if it is older than a job that makes everything anew. */
  async #record(): Promise<Action | undefined> {
    const { work, claim } = this.#job
    const action = await this.#context.store.lookup(claim.key)
    return action !== undefined && work.fresh && action.run !== work.draft.run ? undefined : action
  }

  /** A signal ended the job, or it put itself back into the queue: the queue knows whether the cluster starts it again. */
  #interrupted(end: JobEnd): Outcome | undefined {
    if (this.#listed === undefined || this.#listed === 'absent') {
      // Not listed: MinJobAge has passed, or the queue shows a new job late.
      return this.#absences < 2
        ? undefined
        : this.#conclude(
            end.isRequeued || this.isStale || this.#wasAskedToStop
              ? displacedOf(this.#place.id)
              : { type: 'failed', error: canceled(this.#place.id) },
          )
    }
    if (!hasEnded(this.#listed)) return undefined
    if (this.#isStopped(this.#listed)) return this.#stopped()
    if (this.#wasAskedToStop || this.#listed.state === 'COMPLETED' || this.#listed.state === 'FAILED')
      return this.#conclude(displacedOf(this.#place.id))
    return this.#conclude(this.#verdict(verdictOn({ ...this.#evidence(this.#listed), output: [] })))
  }

  /** Whether `llmpipe stop` canceled the job while this run followed it. */
  #isStopped(listed: Listed | 'absent'): boolean {
    const isCanceled = listed !== 'absent' && listed.state === 'CANCELLED'
    return isCanceled && this.#folder.isAskedToStop && !this.#wasAskedToStop && !this.isStale
  }

  /** Somebody stopped the job, which is not a failure. */
  #stopped(): Outcome {
    endClaimOfJob(this.#context.store.root, this.#job.claim.key, this.#place)
    return { type: 'interrupted' }
  }

  /** The evidence about the job. */
  #evidence(listed: Listed | 'absent'): Omit<Evidence, 'output'> {
    const { kind, resources } = this.#job.work.node
    const hasFixedMemory = kind === 'documents' || kind === 'texts'
    return { id: this.#place.id, listed, declared: resources.memory, hasFixedMemory }
  }

  /** The verdict on the job. One that was dead when this run came to it has not failed in this run. */
  #verdict(verdict: Verdict): Verdict {
    return verdict.type === 'failed' && this.isStale ? displacedOf(this.#place.id) : verdict
  }

  /** The job was dead when this run came to it. */
  get isStale(): boolean {
    return this.#context.isAdopted && !this.#wasSeenAlive
  }

  /** The record of a job that is done. It lies on another machine's side of the file system, and may take a while to show. */
  async #done(unchanged: boolean): Promise<Outcome> {
    const until = performance.now() + this.#patience.files
    for (;;) {
      const action = await this.#record()
      if (action !== undefined) return { type: 'done', committed: { action, unchanged } }
      if (this.#hasLeft) return this.#left()
      if (performance.now() > until) break
      await this.#pause(4 * this.#patience.look)
    }
    const { root } = this.#context.store
    return {
      type: 'failed',
      seconds: 0,
      error: {
        code: 'store-not-shared',
        message: `slurm job ${this.#place.id} is done, and its outputs are not in ${root}`,
        help: 'The store has to be the same folder on this machine and on the nodes: name one on a shared file system with --store.',
      },
    }
  }

  /** The outcome of a job that died without a result; `undefined` while it may be alive. */
  async #dead(): Promise<Outcome | undefined> {
    const listed = this.#listed
    const isGone = listed === 'absent' ? this.#absences >= 2 : listed !== undefined && hasEnded(listed)
    if (listed === undefined || !isGone) {
      this.#lease.forget()
      return undefined
    }
    const neverRan = !this.#lease.exists
    if (!(neverRan && listed !== 'absent' && listed.state === 'CANCELLED' && listed.node === '')) {
      const silent = this.#silence(listed)
      const { end, lease, files } = this.#patience
      // Exit code 0 means that the last word of the job is written, but NFS may not show it yet.
      const hasLastWord = listed !== 'absent' && listed.state === 'COMPLETED'
      if (silent < (hasLastWord ? Math.max(lease, files) : neverRan ? end : lease)) return undefined
    }
    const { key } = this.#job.claim
    const { root } = this.#context.store
    const { work } = this.#job
    const action = await this.#record()
    if (action !== undefined) return { type: 'done', committed: { action, unchanged: false } }
    const failure = readFailure(root, key)
    // It died between the record of its failure and its last word.
    if (
      failure !== undefined &&
      failure.run === work.draft.run &&
      failure.time !== this.#job.formerFailure &&
      !this.isStale
    )
      return this.#conclude({ type: 'failed', error: failure.error })
    if (this.#isStopped(listed)) return this.#stopped()
    const accounted = await this.#context.accounting.job(this.#place.id)
    const trace = neverRan && !this.#folder.hasOutput ? { withoutTrace: root } : {}
    const evidence = { ...this.#evidence(listed), accounted, output: this.#folder.lastOutput(), ...trace }
    return this.#conclude(this.#verdict(verdictOn(evidence)))
  }

  /**
   * For how long the lease has not been touched, in milliseconds. A job that the queue lists as ended and that goes on is asked to stop. One that
   * the queue does not list is alive as long as its lease is: the queue may have been read while it was empty.
   */
  #silence(listed: Listed | 'absent'): number {
    const { changes } = this.#lease
    const silence = this.#lease.silence()
    if (this.#lease.changes > changes && listed !== 'absent' && !this.#wasAskedToStop) {
      this.#folder.askToStop()
      this.#wasAskedToStop = true
    }
    return silence
  }

  #conclude(verdict: Verdict): Outcome {
    const { key } = this.#job.claim
    const { root } = this.#context.store
    if (verdict.type === 'displaced') {
      if (verdict.badNode !== undefined) this.#context.onBadNode(verdict.badNode)
      endClaimOfJob(root, key, this.#place)
      const { message, cause, detail } = verdict
      return { type: 'displaced', message, cause, ...(detail === undefined ? {} : { detail }) }
    }
    const { error } = verdict
    const failure = { error, seconds: 0, run: this.#job.work.draft.run, time: Date.now() }
    keepFailure(root, key, failure, () => logsLeft(root, key) ?? {})
    endClaimOfJob(root, key, this.#place)
    return { type: 'failed', error, seconds: 0 }
  }
}

function displacedOf(id: string): Verdict {
  return {
    type: 'displaced',
    message: `slurm job ${id} ended before the stage was done; another job continues`,
    cause: 'cluster',
  }
}

function savedAt(step: number | undefined): string {
  return step === undefined ? 'stopped' : `saved its work at step ${step}`
}
