/**
 * The process of a job, which Slurm starts on a node (`llmpipe job FOLDER`). It does there what a runner does on its own machine: it holds the claim,
 * starts the stage, keeps its logs and commits what it made. Events go to a file, and its last word is `end.json`.
 */

import { appendFileSync, utimesSync, writeFileSync } from 'node:fs'
import { availableParallelism, hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobPlace, StageEvent, StageFailure, TasksUse } from '../../../../core/event.ts'
import { failureOf } from '../../../../core/failure.ts'
import { otherNodesVariables } from '../../../../core/other-nodes.ts'
import { localProcesses } from '../../../../process/where.ts'
import {
  beatInterval,
  type Claim,
  claim,
  holderOfClaim,
  isHeld,
  isSameJob,
  joinClaim,
} from '../../../../store/claim.ts'
import { keepIfPossible } from '../../../../store/durable.ts'
import { keepFailure } from '../../../../store/failures.ts'
import { openStore } from '../../../../store/folder-store.ts'
import { StatCache } from '../../../../store/inputs/stat-cache.ts'
import { lastCheckpoint, startAttempt } from '../../../attempt.ts'
import { commitTo } from '../../../commit.ts'
import { lookUpFor } from '../../../nodes/fits.ts'
import { logsOf } from '../../../stage/logs.ts'
import type { Outcome } from '../../../stage-work.ts'
import { watchTime } from '../../../timeout.ts'
import { devicesOfMachine } from '../../gpus.ts'
import { launchProcess } from '../../local-stage.ts'
import { slurm } from '../cluster/commands.ts'
import { patiently } from '../follow/file-patience.ts'
import { idleSeconds, sumOfTasks, type TaskUse, tasksInWords, usesOf } from '../parts/task-use.ts'
import { type JobEnd, type JobFile, JobFolder, type UseSoFar } from './job-folder.ts'
import { otherNodesOfJob } from './other-nodes.ts'
import { mostStalled, type Progress, ProgressWatch } from './progress.ts'

/** How often events are written, in milliseconds: many nodes write to one file system. */
const writeInterval = 250
/** For how long to try to read and write the files of the job while the file system fails, in milliseconds. */
const fileTrouble = 120_000
/** How long a job that was started again watches the claim of its former start, in milliseconds. */
const patience = 3 * beatInterval

export interface JobProcessOptions {
  /** The store, and the name of the folder of the job in it. */
  readonly root: string
  readonly name: string
  /** The command that starts a stage on this node. */
  readonly stageCommand: readonly string[]
  /** The version of llmpipe on this node. */
  readonly version: string
}

/** Does the job in a folder. Returns the exit code: 0 whenever the end of the job is in its folder, 2 if there is no such job. */
export async function jobProcess({ root, name, stageCommand, version }: JobProcessOptions): Promise<number> {
  const folder = new JobFolder(root, name)
  const job = await patiently(() => folder.job(), fileTrouble)
  if (job === undefined) {
    console.error(`${folder.path} has no job that can be read: is ${root} the same folder on ${hostname()}?`)
    return 2
  }
  const place = placeOfThisJob(name)
  const interruption = listen(folder)
  const work = { ...job.work, root, stageCommand }
  const former = await patiently(() => folder.end(), fileTrouble)
  const claimed = await claimFor({ ...job, work }, place, former)
  const end = (rest: Pick<JobEnd, 'outcome' | 'cause' | 'progress' | 'isRequeued'>) => {
    const { id, restart = 0 } = place
    const whole = { version: 1, job: id, restart, node: hostname(), time: Date.now(), ...rest } as const
    return patiently(() => folder.writeEnd(whole), fileTrouble)
  }
  if (claimed === undefined) {
    console.log('another job, or another process, has taken this work over')
    // Of two jobs with one folder, made because the answer of sbatch was lost, only the one that has the work may write there.
    const holder = holderOfClaim(root, work.key)
    const isTwin =
      (place.restart === undefined && former !== undefined) || (holder?.type === 'job' && holder.folder === name)
    if (!isTwin) await end({ outcome: { type: 'superseded' } })
    return 0
  }
  folder.clearEnd()
  if (job.llmpipe !== version) {
    const error = otherVersion(job.llmpipe, version)
    keepFailure(root, work.key, { error, seconds: 0, run: work.draft.run, time: Date.now() }, () => logsOf(claimed))
    await end({ outcome: { type: 'failed', error, seconds: 0 } })
    claimed.release()
    return 0
  }
  const ended = await attempt({ ...job, work }, { folder, place, claimed, interruption, former })
  if (ended === undefined) {
    console.log('the claim of this job was taken over while it ran; its work is thrown away')
    return 0
  }
  const { outcome } = ended
  if (outcome.type !== 'interrupted' || interruption.cause === undefined) {
    await end({ outcome })
    // A stage that was asked to save its work failed instead.
    if (outcome.type === 'failed') claimed.release()
    return 0
  }
  const { cause } = interruption
  const progress = cause === 'time' ? ended.progress() : undefined
  if (progress !== undefined && progress.stalled < mostStalled) {
    // Written before the job asks for its place in the queue, because that ends this process.
    await end({ outcome, cause, progress, isRequeued: true })
    const at = outcome.step === undefined ? 'stopped' : `saved its work at step ${outcome.step}`
    const events = openEvents(folder)
    events.write({ event: 'queue', state: 'pending', job: place.id, reason: `${at} before its time limit` })
    events.close()
    const answer = await slurm('scontrol', ['requeue', place.id])
    if (answer.type === 'ok') return 0
    console.error(`the job was not put back into the queue: ${answer.message}`)
  }
  await end({ outcome, cause, ...(progress === undefined ? {} : { progress }) })
  // After a signal, the cluster may start the job again, which then finds the claim its own; else whoever follows the job ends the claim.
  if (cause !== 'signal') claimed.release()
  return 0
}

/** The failure of a stage whose key another version of llmpipe computed: what this one makes may be something else. */
function otherVersion(submitted: string, here: string): StageFailure {
  return {
    code: 'other-version',
    message: `llmpipe ${submitted} submitted this stage, and llmpipe ${here} is on ${hostname()}`,
    help: 'Run again if llmpipe was replaced while the job waited. Else install the same version on the nodes, or name its command as `command` in llmpipe.site.json.',
  }
}

function placeOfThisJob(folder: string): JobPlace {
  const { SLURM_JOB_ID: id = '0', SLURM_CLUSTER_NAME: cluster, SLURM_RESTART_COUNT: restarts = '0' } = process.env
  // The task of an array has an id of its own too, but by this one everybody else knows it.
  const { SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: task } = process.env
  const restart = Number.parseInt(restarts, 10)
  return {
    type: 'job',
    system: 'slurm',
    id: array === undefined || task === undefined ? id : `${array}_${task}`,
    ...(cluster === undefined ? {} : { cluster }),
    ...(restart > 0 ? { restart } : {}),
    folder,
  }
}

interface Interruption {
  cause: JobEnd['cause']
  /** Called once, as soon as the stage is to save its work. */
  onAsked: () => void
  ask(cause: JobEnd['cause']): void
}

/** Listens for the signals by which Slurm and people ask a job to stop. The first cause counts. */
function listen(folder: JobFolder): Interruption {
  const interruption: Interruption = {
    cause: undefined,
    onAsked: () => {},
    ask(cause) {
      interruption.cause ??= cause
      interruption.onAsked()
    },
  }
  process.on('SIGUSR1', () => interruption.ask('time'))
  // `llmpipe stop --now` cancels the job, which is a signal too.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => interruption.ask(folder.isAskedToStop ? 'stop' : 'signal'))
  return interruption
}

/** Holds the claim of the runner or, after a restart, makes the next. `undefined` if somebody else has the work. */
async function claimFor(
  { claim: ticket, work }: JobFile,
  place: JobPlace,
  former: JobEnd | undefined,
): Promise<Claim | undefined> {
  if (place.restart === undefined) return joinClaim(work.root, ticket, place)
  // The former start died before it joined the claim of the runner, which does not know this job yet: the answer of sbatch was lost, or is late.
  const isFirst = holderOfClaim(work.root, work.key)?.type === 'process'
  const joined = isFirst ? joinClaim(work.root, ticket, place) : undefined
  if (joined !== undefined) return joined
  const isFormerOver = former !== undefined && former.restart === place.restart - 1
  for (;;) {
    const claimed = await claim(work.root, work.key, {
      // The former start may still run on a node that the cluster lost: only its silence shows that it does not.
      processes: {
        isAlive: async (where) => (where.type === 'job' ? undefined : localProcesses.isAlive(where)),
        kill: localProcesses.kill,
      },
      silence: 0,
      patience: isFormerOver ? 0 : patience,
      owner: place,
    })
    if (!isHeld(claimed)) {
      claimed.recordStage(place)
      return claimed
    }
    if (!isSameJob(claimed.heldBy, place)) return undefined
    await sleep(beatInterval)
  }
}

interface JobContext {
  readonly folder: JobFolder
  readonly place: JobPlace
  readonly claimed: Claim
  readonly interruption: Interruption
  /** The end of the former start of the job. */
  readonly former: JobEnd | undefined
}

interface Ended {
  readonly outcome: JobEnd['outcome']
  /** The progress of the stage up to now, if this start of the job reached its time limit. */
  progress(): Progress
}

/** Runs the stage. `undefined` if the claim was lost meanwhile: then nothing of it counts. */
async function attempt(
  job: JobFile,
  { folder, place, claimed, interruption, former }: JobContext,
): Promise<Ended | undefined> {
  const { work } = job
  const store = openStore(work.root)
  const watch = new ProgressWatch(claimed.checkpoints, former?.progress ?? job.progress, lastCheckpoint(claimed))
  const made = await lookUpFor(work.node, work.key, store)
  if (made !== undefined && (!work.fresh || made.run === work.draft.run)) {
    await claimed.remove()
    return { outcome: { type: 'done', unchanged: false }, progress: () => watch.atTimeLimit() }
  }
  const events = openEvents(folder)
  const granted = Number(process.env.SLURM_CPUS_PER_TASK) || availableParallelism()
  const threads = Math.max(1, Math.min(work.node.resources.cpus, granted))
  const gpus = await devicesOfMachine(work.node.resources.gpus ?? 0, process.env.CUDA_VISIBLE_DEVICES)
  const { nodes = 1 } = work.node.resources
  const others = await otherNodesOfJob(nodes, process.env)
  const since = place.restart === undefined ? job.time : former?.time
  const tasks = usesOf(folder)
  // A job waits for its tasks too: while some of them run, its stage does not wait.
  const waited = since === undefined ? undefined : idleSeconds(tasks, since, Date.now())
  events.write({
    event: 'queue',
    state: 'running',
    job: place.id,
    node: hostname(),
    ...(waited === undefined ? {} : { waited }),
  })
  const byTasks = tasksInWords(tasks)
  if (byTasks !== undefined) events.write({ event: 'log', level: 'info', message: byTasks })
  const used = countUse(
    folder.use() ?? job.use ?? { starts: 0, waited: 0, seconds: 0 },
    waited ?? 0,
    job.use?.tasks,
    tasks,
  )
  const keepUse = () => folder.writeUse({ ...used(), node: hostname(), cpus: threads })
  let isLost = false
  const isLeaving = () => interruption.cause === 'time' || interruption.cause === 'signal'
  const cache = new StatCache(work.root)
  const stage = await startAttempt(
    work,
    // The job stays recorded as the place of the stage, and decides by itself whether it gives the claim up.
    { ...claimed, recordStage: (where) => where, release: () => (isLeaving() ? undefined : claimed.release()) },
    { threads, gpus },
    {
      launch: launchProcess(work, gpus, others === undefined ? {} : otherNodesVariables(others)),
      commit(result, held) {
        isLost = !held.isHeld()
        if (isLost) throw new Error('the claim of the job was taken over')
        const use = { job: place.id, node: hostname(), ...used(), cpus: nodes * threads, gpus: nodes * gpus.length }
        return commitTo(store, { ...work, draft: { ...work.draft, use } }, cache)(result, held)
      },
    },
  )
  stage.subscribe(events.write)
  stage.subscribe((event) => watch.see(event))
  const timeout = watchTime(work.node, stage)
  interruption.onAsked = () => stage.interrupt()
  if (interruption.cause !== undefined) stage.interrupt()
  const beat = () => {
    // A file system that fails for a moment is no reason to end.
    keepIfPossible(() => {
      if (claimed.isHeld()) {
        if (folder.isAskedToStop) interruption.ask('stop')
        touch(folder.lease)
        keepUse()
      } else {
        isLost = true
        stage.kill()
      }
    })
  }
  beat()
  const timer = setInterval(beat, beatInterval)
  const outcome = await stage.outcome
  clearInterval(timer)
  keepIfPossible(keepUse)
  timeout.stop()
  events.close()
  if (isLost && outcome.type !== 'done') return undefined
  const late = outcome.type === 'done' ? undefined : timeout.failure()
  return {
    outcome: late === undefined ? endOf(outcome) : { type: 'failed', error: late, seconds: 0 },
    progress: () => watch.atTimeLimit(),
  }
}

function endOf(outcome: Outcome): JobEnd['outcome'] {
  if (outcome.type === 'done') return { type: 'done', unchanged: outcome.committed.unchanged }
  if (outcome.type === 'failed') return outcome
  if (outcome.type === 'interrupted')
    return { type: 'interrupted', ...(outcome.step === undefined ? {} : { step: outcome.step }) }
  return { type: 'failed', error: failureOf(new Error(`an attempt on a node ended with ${outcome.type}`)), seconds: 0 }
}

/** Returns a function that adds the time since now to the use so far: that of former starts, and of the tasks of earlier jobs and of this one. */
function countUse(
  { starts, waited, seconds }: UseSoFar,
  waitedNow: number,
  tasksBefore: TasksUse | undefined,
  tasksNow: readonly TaskUse[],
): () => UseSoFar {
  const started = performance.now()
  const tasks = sumOfTasks(tasksNow, tasksBefore)
  return () => ({
    ...(tasks === undefined ? {} : { tasks }),
    starts: starts + 1,
    waited: waited + waitedNow,
    seconds: seconds + (performance.now() - started) / 1_000,
  })
}

function touch(path: string): void {
  const now = new Date()
  try {
    utimesSync(path, now, now)
  } catch {
    writeFileSync(path, '')
  }
}

/** Appends events to the file of the job, several at a time. */
function openEvents(folder: JobFolder): { write(event: StageEvent): void; close(): void } {
  let text = ''
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const piece = text
    text = ''
    // On a full disk, events are lost, but the stage continues.
    if (piece !== '') keepIfPossible(() => appendFileSync(folder.events, piece))
  }
  return {
    write(event) {
      text += `${JSON.stringify({ ...event, time: Date.now() })}\n`
      timer ??= setTimeout(flush, writeInterval)
    },
    close: flush,
  }
}
