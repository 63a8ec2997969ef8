/**
 * Events: everything that happened in a run, in order, one JSON object per line of `runs/<id>/events.jsonl`. The dashboard, the plain
 * output, `--json`, `log` and `diff` are functions of this log and of nothing else.
 *
 *     run-started
 *     planned*                          one for each stage
 *     cached | started … finished       a stage; … is what it reports while it runs (`StageEvent`)
 *              started … failed | interrupted
 *     skipped
 *     exported
 *     notice                            at any time, about the run
 *     pushing*
 *     run-finished
 */

import type { Digest, Key } from './artefact.ts'
import type { Ledger } from './ledger.ts'
import type { StageReport } from './report.ts'
import type { Variant } from './variant.ts'

/** An event that a stage emits while it runs. The runner adds `stage`, `id` and `time`. */
export type StageEvent =
  | ProgressEvent
  | MetricEvent
  | SampleEvent
  | LedgerEvent
  | CheckpointEvent
  | WaitingEvent
  | QueueEvent
  | LogEvent

/** The progress of a stage. */
export interface ProgressEvent {
  readonly event: 'progress'
  readonly done: number
  /** Absent while unknown. */
  readonly total?: number
  /** The unit of `done` and `total`: `steps`, `documents`, `bytes`. */
  readonly unit: string
  /** The phase of a stage that has several: `counting pairs`, `validating`. */
  readonly phase?: string
}

/** Scalars that a training measured at a step: those below, and more by name (`reward`, `kl`). */
export interface MetricEvent {
  readonly event: 'metric'
  readonly step: number
  /** Mean over the steps since the last metric event, in nats per token. */
  readonly loss?: number
  readonly tokensPerSecond?: number
  readonly validLoss?: number
  readonly learningRate?: number
  readonly gradientNorm?: number
  readonly [scalar: string]: string | number | undefined
}

/** Fields of a metric that are not scalars: those of its event, and the step. */
const notScalars: ReadonlySet<string> = new Set(['event', 'time', 'stage', 'id', 'step'])

/** The scalars of a metric with their names: those of its event (`validLoss`). */
export function scalarsIn(metric: { readonly [field: string]: unknown }): readonly (readonly [string, number])[] {
  return Object.entries(metric).flatMap(([name, value]) =>
    typeof value !== 'number' || notScalars.has(name) ? [] : [[name, value] as const],
  )
}

/** A text that the model in training writes after a prompt. */
export interface SampleEvent {
  readonly event: 'sample'
  readonly step: number
  readonly prompt: string
  readonly text: string
  /** The reward of the text, if the model learns from rewards. */
  readonly reward?: number
  /** More texts of the step, if the model learns from rewards. */
  readonly more?: readonly RewardedText[]
}

/** A prompt, a text after it, and its reward. */
export interface RewardedText {
  readonly prompt: string
  readonly text: string
  readonly reward: number
}

/** The ledger of a data stage so far. */
export interface LedgerEvent {
  readonly event: 'ledger'
  readonly ledger: Ledger
}

/** The state of a training after `step` was saved: an interrupted attempt resumes from there. */
export interface CheckpointEvent {
  readonly event: 'checkpoint'
  readonly step: number
}

/** The stage waits until people (`on`: `people`) have acted at the address. */
export interface WaitingEvent {
  readonly event: 'waiting'
  readonly on: string
  readonly address: string
}

/** Where the job of a stage stands in the queue of a cluster. */
export interface QueueEvent {
  readonly event: 'queue'
  readonly state: 'pending' | 'running'
  /** The id of the job. */
  readonly job: string
  /** Why it waits, in the words of the cluster: `Priority`, `Resources`. */
  readonly reason?: string
  /** The node that it runs on. */
  readonly node?: string
  /** How long it waited before it ran, in seconds. */
  readonly waited?: number
}

/** A line or more for people. */
export interface LogEvent {
  readonly event: 'log'
  readonly level: 'info' | 'warning' | 'error'
  readonly message: string
}

/** Why a stage failed. */
export interface StageFailure {
  /** Stable and documented: `diverged`, `out-of-memory`, `killed`, `no-files`, `bug`, … */
  readonly code: string
  readonly message: string
  /** The way out. */
  readonly help?: string
  /** The last lines of the stage's log, or a stack for a bug of llmpipe. */
  readonly detail?: string
}

/** An event in the log of a run. */
export type RunEvent =
  | RunStartedEvent
  | PlannedEvent
  | CachedEvent
  | StartedEvent
  | EarlierEvent
  | (Timed & OfStage & StageEvent)
  | FinishedEvent
  | FailedEvent
  | SkippedEvent
  | InterruptedEvent
  | ExportedEvent
  | NoticeEvent
  | PushingEvent
  | RunFinishedEvent

export type RunEventOf<E extends RunEvent['event']> = Extract<RunEvent, { readonly event: E }>

interface Timed {
  /** Milliseconds since the epoch. */
  readonly time: number
}

interface OfStage {
  /** The node's name. */
  readonly stage: string
  readonly id: string
}

/** Identifies a process even after its pid is reused. */
export interface ProcessIdentity {
  readonly pid: number
  /** When the process started, as the system writes it; empty if the system does not say. */
  readonly start: string
  readonly machine: string
}

/** Where a stage runs. */
export type Where = ({ readonly type: 'process' } & ProcessIdentity) | JobPlace

/** A job of a cluster. */
export interface JobPlace {
  readonly type: 'job'
  readonly system: 'slurm'
  /** The id that the cluster gave it. */
  readonly id: string
  /** The name of the cluster, if the cluster said it. */
  readonly cluster?: string
  /** How often the cluster has started the job again; absent before the first time. */
  readonly restart?: number
  /** The name of its folder in `jobs/` of the store. */
  readonly folder: string
}

/** The use that a stage made of a cluster, over all starts of its jobs. */
export interface JobUse {
  /** The id of the job that finished the stage, and its node. */
  readonly job: string
  readonly node: string
  /** How often its jobs were started. */
  readonly starts: number
  /** How long its jobs waited in the queue, and how long they ran on nodes, in seconds. */
  readonly waited: number
  readonly seconds: number
  readonly cpus: number
  readonly gpus: number
  /** The use of the tasks that made parts of the stage, which is not in the numbers above; absent if there were none. */
  readonly tasks?: TasksUse
}

/** The use that the tasks of job arrays made of a cluster. */
export interface TasksUse {
  /** How often a task was started. */
  readonly starts: number
  /** The names of the nodes on which tasks ran, in order. */
  readonly nodes: readonly string[]
  /** The sums of the time that each ran, in seconds, times its CPUs or GPUs. */
  readonly cpuSeconds: number
  readonly gpuSeconds: number
  /** How many starts were killed or still run, so that their time is not known; absent if none. */
  readonly lost?: number
}

/** A run began: always the first event. */
export interface RunStartedEvent extends Timed {
  readonly event: 'run-started'
  readonly run: string
  readonly program: string
  readonly stages: number
  readonly version: string
  readonly store: string
  /** The process that runs it, on the machine it runs on. */
  readonly pid: number
  readonly process?: ProcessIdentity
  /** The params given with `-p`; absent if there were none. */
  readonly params?: Readonly<Record<string, string>>
  /** The engine given with `--engine`. */
  readonly engine?: string
}

/** A stage of the plan. One for each node, before anything runs: the graph as the screens draw it. */
export interface PlannedEvent extends Timed, OfStage {
  readonly event: 'planned'
  readonly kind: string
  /** Ids of the nodes whose outputs this one takes. */
  readonly after: readonly string[]
  /** The file of its declaration; absent if that is the program itself. */
  readonly file?: string
  readonly line: number
  readonly variant?: Variant
}

/** A stage did not have to run: its outputs were in the store or in the remote cache. */
export interface CachedEvent extends Timed, OfStage {
  readonly event: 'cached'
  readonly digest: Digest
  readonly outputs: Readonly<Record<string, Digest>>
  readonly key: Key
  /** The seconds that the stage took when it ran: what the hit saved. */
  readonly saved: number
  /** Present if the outputs were pulled from the remote cache. */
  readonly from?: 'remote'
  /** The bytes that were pulled. */
  readonly pulled?: number
  readonly report?: StageReport
}

/** An attempt of a stage began. */
export interface StartedEvent extends Timed, OfStage {
  readonly event: 'started'
  readonly key: Key
  readonly attempt: number
  /** Absent if the stage could not be started, and in logs of earlier versions. */
  readonly where?: Where
  readonly cpus: number
  /** The GPUs reserved for it; absent if it asks for none. */
  readonly gpus?: readonly string[]
  /** Why it was not cached. */
  readonly reason: string
  /** The step that training resumes from. */
  readonly resumedFrom?: number
}

/** The metrics that earlier attempts measured up to the step that this one resumes from; thinned out if there are many. */
export interface EarlierEvent extends Timed, OfStage {
  readonly event: 'earlier'
  readonly metrics: readonly { readonly step: number; readonly [scalar: string]: number }[]
}

/** A stage ran, and its outputs are in the store. */
export interface FinishedEvent extends Timed, OfStage {
  readonly event: 'finished'
  readonly digest: Digest
  readonly outputs: Readonly<Record<string, Digest>>
  readonly key: Key
  readonly seconds: number
  readonly report?: StageReport
  /** Present if it ran on a cluster. */
  readonly use?: JobUse
  /** An earlier action gave the same output, so stages that depend on it may be cached. */
  readonly unchanged?: boolean
}

export interface FailedEvent extends Timed, OfStage {
  readonly event: 'failed'
  readonly error: StageFailure
  readonly seconds: number
}

/** A stage did not start, since an input of it is missing or the run was ending. */
export interface SkippedEvent extends Timed, OfStage {
  readonly event: 'skipped'
  /** The stage that failed, or the interruption. */
  readonly because: string
  /** How the run ended before this stage began; absent if the stage needs an output of the stage named above. */
  readonly stopped?: 'failed' | 'interrupted'
}

/** A stage was asked to stop and did; a training has saved its state after `step`. */
export interface InterruptedEvent extends Timed, OfStage {
  readonly event: 'interrupted'
  readonly step?: number
  /** The job of a cluster in which the stage goes on: the run stopped following it. */
  readonly continuesIn?: JobPlace
}

/** An `export` wrote its files. */
export interface ExportedEvent extends Timed, OfStage {
  readonly event: 'exported'
  readonly to: string
  readonly files: number
}

/** About the run as a whole: its log cannot be written, or the remote cache cannot be reached. */
export interface NoticeEvent extends Timed {
  readonly event: 'notice'
  readonly message: string
}

/** All stages are finished, and `left` actions still have to be pushed to the remote cache. */
export interface PushingEvent extends Timed {
  readonly event: 'pushing'
  readonly left: number
  readonly to: string
}

/** The run ended: always the last event. A log without it is of a run that is running, or was killed. */
export interface RunFinishedEvent extends Timed {
  readonly event: 'run-finished'
  readonly ran: number
  readonly cached: number
  readonly failed: number
  readonly skipped: number
  readonly interrupted: number
  readonly seconds: number
  /** Absent if the run has no remote cache. */
  readonly remote?: RemoteTally
}

/** The numbers of artefacts and bytes that a run pulled from the remote cache and pushed to it. */
export interface RemoteTally {
  /** Actions whose artefacts were pulled, and their bytes. */
  readonly pulled: number
  readonly pulledBytes: number
  readonly pushed: number
  readonly pushedBytes: number
  /** Actions that should have been pushed and were not; the next run tries again. */
  readonly unpushed: number
}
