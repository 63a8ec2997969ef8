/**
 * Runs stages as jobs of Slurm, on a store that all nodes see. A job goes on without its runner: each runner that needs its key follows it.
 */

import type { Key } from '../../../core/artefact.ts'
import type { JobPlace, StageEvent, StageFailure } from '../../../core/event.ts'
import { failureOf } from '../../../core/failure.ts'
import type { Resources } from '../../../core/kind/resources.ts'
import type { PlanNode } from '../../../core/plan.ts'
import { localProcesses } from '../../../process/where.ts'
import { type Claim, checkpointsOf, textOfClaim } from '../../../store/claim.ts'
import { keepFailure, readFailure } from '../../../store/failures.ts'
import type { Store } from '../../../store/store.ts'
import { lastCheckpoint } from '../../attempt.ts'
import { logsOf } from '../../stage/logs.ts'
import type { Outcome, StageWork } from '../../stage-work.ts'
import type { Executor, RunningStage } from '../executor.ts'
import { localExecutor } from '../local.ts'
import { Accounting } from './cluster/accounting.ts'
import { slurm } from './cluster/commands.ts'
import { Queue } from './cluster/queue.ts'
import { FilePatience, patiently } from './follow/file-patience.ts'
import { Follower } from './follow/follower.ts'
import { type JobFile, JobFolder, removeOldJobs, type UseSoFar } from './job/job-folder.ts'
import { mostStalled, type Progress, ProgressWatch } from './job/progress.ts'
import { arraysOfJob, inputBytes, submitArrays, tasksFor } from './parts/arrays.ts'
import type { SlurmSite } from './site.ts'
import { jobsIn } from './stop.ts'
import { addBadNode, badNodesOf, forgetBadNodes, removeOldBadNodes } from './submit/bad-nodes.ts'
import { NodeCpus } from './submit/node-cpus.ts'
import { pacer } from './submit/pace.ts'
import { type Placed, Placing } from './submit/placing.ts'
import { partitionFor } from './submit/submit.ts'

const defaultJobs = 100
const defaultSubmitsPerMinute = 120
/** For how long to try to read the folder of a job that another run submitted, in milliseconds. */
const fileTrouble = 60_000
/** How many jobs in a row the cluster may end without a further checkpoint before their stage fails. */
const mostDisplacements = 20

export interface SlurmExecutorOptions {
  readonly store: Store
  readonly site: SlurmSite
  /** The command that does a job on a node: `llmpipe job`. The folder of the job is added. */
  readonly jobCommand: readonly string[]
  /** Whether the work of a node has parts; none has if absent. */
  hasParts?(node: PlanNode): Promise<boolean>
  /** The version of llmpipe. */
  readonly version: string
}

export function slurmExecutor({ store, site, jobCommand, hasParts, version }: SlurmExecutorOptions): Executor {
  const { root } = store
  const running = new Map<Key, RunningStage>()
  const queue = new Queue()
  const accounting = new Accounting()
  const files = new FilePatience((message) => executor.onNotice?.(message))
  const turn = pacer(site.submitsPerMinute ?? defaultSubmitsPerMinute)
  const progresses = new Map<Key, Progress>()
  /** The jobs of a stage that the cluster ended since its last checkpoint. */
  const displaced = new Map<Key, { readonly step: number | undefined; readonly jobs: number }>()
  /** The use that the jobs of stages made of the cluster before they were displaced. */
  const uses = new Map<Key, UseSoFar>()
  const placing = new Placing({ turn, notice: (message) => executor.onNotice?.(message) })
  const nodeCpus = new NodeCpus((message) => placing.reportTrouble(message))
  /** Stages that wait for people run where the people are. */
  const here = localExecutor({ cpus: 1 })
  const isForHere = ({ cpus }: Pick<Resources, 'cpus'>) => cpus === 0
  const limit = site.jobs ?? defaultJobs
  const command = site.command === undefined ? jobCommand : [...site.command, 'job']
  const partsCommand = [...command.slice(0, -1), 'job-parts']
  const executor: Executor = {
    running,
    // The end of a job is found by following it, so its claim is never taken over without that. A job whose folder somebody removed cannot be followed.
    isAlive: async (where) => {
      if (where.type !== 'job') return localProcesses.isAlive(where)
      return (await patiently(() => new JobFolder(root, where.folder).job(), fileTrouble)) !== undefined || undefined
    },
    kill: localProcesses.kill,
    shortfall: async () => undefined,
    hasRoom: (resources) => isForHere(resources) || running.size < limit,
    async start(work, claim, commit) {
      if (isForHere(work.node.resources)) return keep(await here.start(work, claim, commit))
      return keep(jobStage(work, claim))
    },
    follow(key, place) {
      const folder = new JobFolder(root, place.folder)
      const job = folder.job()
      if (job === undefined || job.claim.key !== key) return undefined
      return keep(followedStage(place, folder, job))
    },
  }
  queue.onNotice = (message) => executor.onNotice?.(message)
  const kept = jobsIn(root).flatMap(({ folder }) => [
    folder.name,
    ...(folder.array === undefined ? [] : [folder.array.name]),
  ])
  removeOldJobs(root, new Set(kept), Date.now())
  removeOldBadNodes(root, Date.now())
  return executor

  /** Lists a stage while it runs. */
  function keep(stage: RunningStage): RunningStage {
    const kept = { ...stage, outcome: stage.outcome.finally(() => running.delete(stage.key)) }
    running.set(stage.key, kept)
    return kept
  }

  /** A stage for which a job is submitted. */
  function jobStage(work: StageWork, claim: Claim): RunningStage {
    const resumedFrom = lastCheckpoint(claim)
    const use = uses.get(work.key)
    const progress = progresses.get(work.key)
    const formerFailure = readFailure(root, work.key)?.time
    const job: JobFile = {
      version: 1,
      llmpipe: version,
      work,
      claim: { key: work.key, attempt: claim.attempt, text: textOfClaim(claim) },
      ...(resumedFrom === undefined ? {} : { resumedFrom }),
      ...(use === undefined ? {} : { use }),
      ...(progress === undefined ? {} : { progress }),
      ...(formerFailure === undefined ? {} : { formerFailure }),
      time: Date.now(),
    }
    let folder: JobFolder
    try {
      folder = JobFolder.make(root, job)
    } catch (error) {
      claim.release()
      throw error
    }
    return detached(job, claim.attempt, async (emit, left) => {
      const place = await handedOver(work, claim, folder, left)
      if (!('folder' in place)) return place
      emit({ event: 'queue', state: 'pending', job: place.id })
      return followTo(place, new JobFolder(root, place.folder), job, false, emit, left)
    })
  }

  /** Submits the job of a stage, and gives the claim to the job. If that fails, no job keeps the claim, and the outcome is returned. */
  async function handedOver(
    work: StageWork,
    claim: Claim,
    folder: JobFolder,
    left: AbortSignal,
  ): Promise<JobPlace | Outcome> {
    let id: string | undefined
    try {
      const submitted = await idOf(work, folder, left)
      if (submitted === undefined || 'code' in submitted) {
        await withdraw(folder)
        if (submitted !== undefined) return fail(work, claim, submitted)
        claim.release()
        return { type: 'interrupted' }
      }
      id = submitted.id
      const place = claim.recordStage({ type: 'job', system: 'slurm', folder: folder.name, ...submitted })
      if (place.type !== 'job') throw new Error('the claim of a job has another stage')
      // From here on the job keeps the claim.
      claim.handOver()
      return place
    } catch (error) {
      // The store cannot be written to. A job that cannot be canceled either finds that its claim is lost, and ends.
      await withdraw(folder, id)
      return fail(work, claim, failureOf(error))
    }
  }

  function followedStage(place: JobPlace, folder: JobFolder, job: JobFile): RunningStage {
    const stage = detached(job, job.claim.attempt, (emit, left) => followTo(place, folder, job, true, emit, left))
    return { ...stage, where: place }
  }

  async function followTo(
    place: JobPlace,
    folder: JobFolder,
    job: JobFile,
    isAdopted: boolean,
    emit: (event: StageEvent) => void,
    left: AbortSignal,
  ): Promise<Outcome> {
    const { key } = job.claim
    let step = job.resumedFrom
    const watch = new ProgressWatch(checkpointsOf(root, key), job.progress, job.resumedFrom)
    const context = {
      store,
      queue,
      accounting,
      files,
      followed: () => running.size,
      isAdopted,
      onBadNode: (node: string) => addBadNode(root, key, node),
    }
    const follower = new Follower(place, folder, job, context, (event) => {
      if (event.event === 'checkpoint') step = event.step
      watch.see(event)
      emit(event)
    })
    left.addEventListener('abort', () => follower.leave())
    if (left.aborted) follower.leave()
    const outcome = await follower.outcome()
    const use = folder.use()
    if (use !== undefined && outcome.type !== 'done') uses.set(key, use)
    if (outcome.type === 'done') {
      for (const known of [uses, progresses, displaced]) known.delete(key)
      forgetBadNodes(root, key)
      folder.remove()
    }
    if (outcome.type !== 'displaced') return outcome
    if (outcome.cause === 'cluster') return ifNotDisplacedTooOften(key, step, outcome)
    // A job that was over when this run came to it counts as one start: somebody may have raised its time limit.
    const progress = follower.isStale
      ? { ...watch.atTimeLimit(), stalled: 1 }
      : (folder.end()?.progress ?? watch.atTimeLimit())
    progresses.set(key, progress)
    return progress.stalled < mostStalled ? outcome : noProgress(`${progress.stalled} starts`, progress.step, outcome)
  }

  /** Fails a stage whose jobs the cluster ends again and again before a further checkpoint. */
  function ifNotDisplacedTooOften(
    key: Key,
    step: number | undefined,
    outcome: Outcome & { type: 'displaced' },
  ): Outcome {
    const before = displaced.get(key)
    const jobs = before === undefined || (step ?? 0) > (before.step ?? 0) ? 1 : before.jobs + 1
    displaced.set(key, { step, jobs })
    return jobs < mostDisplacements ? outcome : noProgress(`${jobs} jobs`, step, outcome)
  }

  /** Submits the arrays that make the parts of a stage, if it is large enough. Returns their ids. */
  async function arraysFor(
    work: StageWork,
    folder: JobFolder,
    exclude: readonly string[],
    cpusPerNode: number | undefined,
    left: AbortSignal,
  ): Promise<string[]> {
    const tasks = (await hasParts?.(work.node)) === true ? tasksFor(inputBytes(work), site) : 0
    if (tasks === 0 || left.aborted) return []
    return submitArrays({ work, folder, site, command, partsCommand, exclude, tasks, turn, cpusPerNode })
  }

  /** Submits the job of a stage, after the arrays that make its parts. `undefined` if the run was interrupted before. */
  async function idOf(work: StageWork, folder: JobFolder, left: AbortSignal): Promise<Placed> {
    const exclude = badNodesOf(root, work.key, Date.now())
    const { name, cpus } = partitionFor(site, work) ?? {}
    const isKnown = cpus !== undefined || work.node.resources.cpus <= 1
    const cpusPerNode = isKnown ? undefined : await nodeCpus.of(name, left)
    const after = await arraysFor(work, folder, exclude, cpusPerNode, left)
    if (left.aborted) return undefined
    return placing.place({ work, folder, site, command, exclude, after, cpusPerNode }, left)
  }
}

/** A stage that goes on without the run. `work` does not start before the run has subscribed to its events. */
function detached(
  { claim: { key }, resumedFrom, work }: JobFile,
  attempt: number,
  act: (emit: (event: StageEvent) => void, left: AbortSignal) => Promise<Outcome>,
): RunningStage {
  const listeners = new Set<(event: StageEvent) => void>()
  const left = new AbortController()
  const emit = (event: StageEvent) => {
    for (const listener of listeners) listener(event)
  }
  return {
    key,
    attempt,
    isDetached: true,
    cpus: Math.max(1, work.node.resources.cpus),
    gpus: [],
    ...(resumedFrom === undefined ? {} : { resumedFrom }),
    outcome: new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => act(emit, left.signal))
      .catch((error: unknown) => ({ type: 'failed', error: failureOf(error), seconds: 0 })),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    interrupt: () => left.abort(),
    kill: () => left.abort(),
  }
}

/** The failure of a stage that does not get further. `what`: what ended in a row. `last`: how the last of them ended. */
function noProgress(what: string, step: number | undefined, last: Outcome & { type: 'displaced' }): Outcome {
  const at = step === undefined ? 'without a checkpoint' : `without getting past step ${step}`
  const error: StageFailure = {
    code: 'no-progress',
    message: `${what} in a row ended ${at}; the last: ${last.message}`,
    help: 'Raise `time` in the site file, or let the stage save its work more often.',
    ...(last.detail === undefined ? {} : { detail: last.detail }),
  }
  return { type: 'failed', error, seconds: 0 }
}

/** Cancels what was submitted for a job that is not to run: its arrays, and the job itself if it has an id. Removes its folder. */
async function withdraw(folder: JobFolder, id?: string): Promise<void> {
  const ids = [...(id === undefined ? [] : [id]), ...arraysOfJob(folder)]
  if (ids.length > 0) await slurm('scancel', ids)
  folder.remove()
}

/** Fails a stage that has no job, and gives its claim up. */
function fail({ root, key, draft }: StageWork, claim: Claim, error: StageFailure): Outcome {
  keepFailure(root, key, { error, seconds: 0, run: draft.run, time: Date.now() }, () => logsOf(claim))
  claim.release()
  return { type: 'failed', error, seconds: 0 }
}
