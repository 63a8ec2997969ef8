/** A run in a few words and numbers: how it ended, its stages, and the metrics of its result. `log` and `diff` read these. */

import type { Digest, Key } from '../../core/artefact.ts'
import type { JobUse, QueueEvent } from '../../core/event.ts'
import { goals } from '../../core/kind/goal.ts'
import type { RunView, StageState, StageView } from './fold.ts'

/**
 * How a run stands. `stopped`: it was asked to stop while no stage ran, so that stages were skipped and none was interrupted.
 * `superseded`: `watch` started another run after a change. `killed`: its process ended without an end of the run.
 */
export type RunOutcome = 'running' | 'done' | 'failed' | 'interrupted' | 'stopped' | 'superseded' | 'killed'

/** The state of a stage, or, in a run that has ended, `not started` and `not finished` in place of `waiting` and `running`. */
export type StageOutcome = StageState | 'not started' | 'not finished'

export interface RunSummary {
  readonly run: string
  readonly program: string
  /** Identifies the process of the run. */
  readonly process: string
  /** The options `-p` and `--engine` of the run, as one types them. */
  readonly options: string
  /** When it started, in milliseconds since the epoch. */
  readonly startedAt: number
  /** Absent while it runs, and if it was killed. */
  readonly seconds?: number
  readonly outcome: RunOutcome
  readonly ran: number
  readonly cached: number
  readonly failed: number
  /** The stage that ended last of those with a metric that counts (`core/goal.ts`), and its metrics. */
  readonly result?: { readonly stage: string; readonly metrics: Metrics }
  /** By name, in the order of the plan. */
  readonly stages: ReadonlyMap<string, StageSummary>
}

export interface StageSummary {
  readonly stage: string
  readonly outcome: StageOutcome
  /** How long it took in this run; absent for a cached stage. */
  readonly seconds?: number
  /** Why it was not cached. */
  readonly reason?: string
  /** The summary of its report, or why it failed or was skipped. */
  readonly summary?: string
  readonly key?: Key
  /** Of its output; absent if it has none. */
  readonly digest?: Digest
  readonly metrics?: Metrics
  /** The use that it made of a cluster. */
  readonly use?: JobUse
  /** Where its job stood last, if it ran in one and has not finished. */
  readonly queue?: QueueEvent
}

type Metrics = Readonly<Record<string, number>>

/** The summary of `view`; `life` tells a run without an end that still runs from one that was superseded or killed. */
export function summaryOf(view: RunView, life: 'running' | 'superseded' | 'over'): RunSummary {
  const { run, program, process, options, startedAt, finished } = view
  const result = resultOf(view)
  const stages = [...view.stages.values()]
  const inState = (state: StageState) => stages.filter((stage) => stage.state === state).length
  return {
    run,
    program,
    process,
    options,
    startedAt,
    ...(finished === undefined ? {} : { seconds: finished.seconds }),
    outcome: finished === undefined ? (life === 'over' ? 'killed' : life) : endOf(finished),
    ran: finished?.ran ?? inState('finished'),
    cached: finished?.cached ?? inState('cached'),
    failed: finished?.failed ?? inState('failed'),
    ...(result === undefined ? {} : { result }),
    stages: new Map(stages.map((stage) => [stage.name, stageSummary(stage, life === 'running')])),
  }
}

/**
 * The summaries of several runs, in the order in which the runs began. A run without an end is superseded if its process has started a later
 * run: only `watch` runs several, and it ends each before the next.
 */
export function inOrder(summaries: readonly RunSummary[]): RunSummary[] {
  // The names of runs that began within a second do not tell which began first.
  const sorted = summaries.toSorted((a, b) => a.startedAt - b.startedAt)
  const newest = new Map(sorted.map((summary) => [summary.process, summary]))
  return sorted.map((summary) =>
    summary.seconds === undefined && newest.get(summary.process) !== summary
      ? { ...summary, outcome: 'superseded' }
      : summary,
  )
}

/** `done`, `2 failed`. */
export function outcomeInWords({ outcome, failed }: RunSummary): string {
  return outcome === 'failed' ? `${failed} failed` : outcome
}

function endOf({ failed, interrupted, skipped }: NonNullable<RunView['finished']>): RunOutcome {
  if (failed > 0) return 'failed'
  if (interrupted > 0) return 'interrupted'
  return skipped > 0 ? 'stopped' : 'done'
}

/** The metrics of an `expect` are those of the stage that it looks at. */
function resultOf({ ended }: RunView): RunSummary['result'] {
  for (const { kind, name, report } of ended.toReversed()) {
    const metrics = report?.metrics ?? {}
    if (kind !== 'expect' && Object.keys(goals).some((goal) => Object.hasOwn(metrics, goal)))
      return { stage: name, metrics }
  }
  return undefined
}

function stageSummary(stage: StageView, isRunning: boolean): StageSummary {
  const { name, state, seconds, reason, key, digest, report, use, queue } = stage
  const summary = summaryOfStage(stage)
  return {
    stage: name,
    outcome: stageOutcome(state, isRunning),
    ...(seconds === undefined || state === 'cached' ? {} : { seconds }),
    ...(reason === undefined ? {} : { reason }),
    ...(summary === undefined ? {} : { summary }),
    ...(key === undefined ? {} : { key }),
    ...(digest === undefined ? {} : { digest }),
    ...(report?.metrics === undefined ? {} : { metrics: report.metrics }),
    ...(use === undefined ? {} : { use }),
    ...(use !== undefined || queue === undefined ? {} : { queue }),
  }
}

function summaryOfStage({ state, error, because, report }: StageView): string | undefined {
  if (state === 'failed') return error?.message
  return state === 'skipped' ? because : report?.summary
}

function stageOutcome(state: StageState, isRunning: boolean): StageOutcome {
  if (isRunning) return state
  if (state === 'waiting') return 'not started'
  return state === 'running' ? 'not finished' : state
}
