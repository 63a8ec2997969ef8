/** Writes a run's events to its log, and keeps the counters for the summary. */

import type { Digest } from '../core/artefact.ts'
import type { RunEventOf, StageEvent, StageFailure } from '../core/event.ts'
import type { Plan, PlanNode } from '../core/plan.ts'
import { identity } from '../process/identity.ts'
import type { Action } from '../store/store.ts'
import type { RunningStage } from './executors/executor.ts'
import { openRunLog, type RunLog } from './log/run-log.ts'
import { after } from './nodes/graph.ts'
import type { RunOptions, RunSummary } from './options.ts'

/** The digests of a node's outputs, by name, and one for all of them. */
export interface Digests {
  readonly digest: Digest
  readonly outputs: Readonly<Record<string, Digest>>
}

export class RunReporter {
  readonly #plan: Plan
  readonly #options: RunOptions
  readonly #log: RunLog
  readonly #failures: RunSummary['failures'][number][] = []
  readonly #counts = { ran: 0, cached: 0, failed: 0, skipped: 0, interrupted: 0 }
  readonly #started = performance.now()
  #isClosed = false

  constructor(plan: Plan, options: RunOptions) {
    this.#plan = plan
    this.#options = options
    this.#log = openRunLog(options.store, plan, (event) => {
      if (!this.#isClosed) options.onEvent(event)
    })
  }

  /** The id of the run. */
  get run(): string {
    return this.#log.run
  }

  /** The run has ended: events are no longer passed on. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The name of the first stage that failed. */
  get firstFailed(): string | undefined {
    return this.#failures[0]?.stage
  }

  /** Reports the start of the run, and its graph as the screens draw it. */
  runStarted(): void {
    const { store, version, asked } = this.#options
    const { program, nodes } = this.#plan
    this.#log.emit({
      event: 'run-started',
      run: this.run,
      program,
      stages: nodes.length,
      version,
      store: store.root,
      pid: process.pid,
      process: identity(process.pid),
      ...(Object.keys(asked?.params ?? {}).length === 0 ? {} : { params: asked!.params }),
      ...(asked?.engine === undefined ? {} : { engine: asked.engine }),
    })
    for (const node of nodes) {
      const { kind, span, variant } = node
      const more = {
        ...(span.file === program ? {} : { file: span.file }),
        ...(variant === undefined ? {} : { variant }),
      }
      this.#log.emit({ event: 'planned', ...namesOf(node), kind, after: after(node), line: span.line, ...more })
    }
  }

  /** Reports something about the run as a whole. */
  notice(message: string): void {
    this.#log.emit({ event: 'notice', message })
  }

  /** Reports how many actions are still to be pushed to the remote cache. */
  pushing(left: number, to: string): void {
    this.#log.emit({ event: 'pushing', left, to })
  }

  /** Reports an event of a stage. */
  event(node: PlanNode, event: StageEvent): void {
    this.#log.emit({ ...namesOf(node), ...event })
  }

  log(node: PlanNode, level: 'info' | 'warning', message: string): void {
    this.event(node, { event: 'log', level, message })
  }

  /** `pulled`: the bytes that were pulled from the remote cache for it; `undefined` if the store had it. */
  cached(node: PlanNode, digests: Digests, { key, seconds, report }: Action, pulled: number | undefined): void {
    this.#counts.cached++
    const from = pulled === undefined ? {} : { from: 'remote' as const, pulled }
    this.#log.emit({ event: 'cached', ...namesOf(node), ...digests, key, saved: seconds, ...from, report })
  }

  started(node: PlanNode, { key, where, attempt, cpus, gpus, resumedFrom }: RunningStage, reason: string): void {
    this.#log.emit({
      event: 'started',
      ...namesOf(node),
      key,
      attempt,
      ...(where === undefined ? {} : { where }),
      cpus,
      ...(gpus.length === 0 ? {} : { gpus }),
      reason,
      ...(resumedFrom === undefined ? {} : { resumedFrom }),
    })
  }

  /** Reports what was measured up to the step that a stage resumes from. */
  earlier(node: PlanNode, metrics: RunEventOf<'earlier'>['metrics']): void {
    if (metrics.length > 0) this.#log.emit({ event: 'earlier', ...namesOf(node), metrics })
  }

  /** `unchanged`: another action had made the same outputs before. */
  finished(node: PlanNode, digests: Digests, { key, seconds, report, use }: Action, unchanged: boolean): void {
    this.#counts.ran++
    const more = { ...(use === undefined ? {} : { use }), ...(unchanged ? { unchanged } : {}) }
    this.#log.emit({ event: 'finished', ...namesOf(node), ...digests, key, seconds, report, ...more })
  }

  exported(node: PlanNode, { to, files }: { readonly to: string; readonly files: number }): void {
    this.#log.emit({ event: 'exported', ...namesOf(node), to, files })
  }

  failed(node: PlanNode, error: StageFailure, seconds: number): void {
    this.#counts.failed++
    this.#failures.push({ id: node.id, stage: node.name, line: node.span.line, error })
    this.#log.emit({ event: 'failed', ...namesOf(node), error, seconds })
  }

  interrupted(node: PlanNode, { step, continuesIn }: Pick<RunEventOf<'interrupted'>, 'step' | 'continuesIn'>): void {
    this.#counts.interrupted++
    const more = { ...(step === undefined ? {} : { step }), ...(continuesIn === undefined ? {} : { continuesIn }) }
    this.#log.emit({ event: 'interrupted', ...namesOf(node), ...more })
  }

  /** Reports a stage that does not run: it needs one that failed, or the run stopped before it (`stopped`). */
  skipped(node: PlanNode, because: string, stopped?: RunEventOf<'skipped'>['stopped']): void {
    this.#counts.skipped++
    const how = stopped === undefined ? {} : { stopped }
    this.#log.emit({ event: 'skipped', ...namesOf(node), because, ...how })
  }

  /** Ends the run. A run that another one supersedes writes no last event. */
  finish(isSuperseded: boolean): Omit<RunSummary, 'outputs'> {
    const { remote: cache } = this.#options
    const seconds = (performance.now() - this.#started) / 1_000
    const remote = cache && { remote: cache.takeTally() }
    if (!isSuperseded) this.#log.emit({ event: 'run-finished', ...this.#counts, seconds, ...remote })
    return { run: this.run, ...this.#counts, seconds, ...remote, failures: this.#failures }
  }

  /** Writes what is left of the log. */
  close(): void {
    this.#log.close()
    this.#isClosed = true
  }
}

/** How often the progress of a pull is reported, in milliseconds. A pull that is faster reports none. */
const pullInterval = 1_000

/** Returns a function that reports the progress of a pull from the remote cache. */
export function reportPull(reporter: RunReporter, node: PlanNode): (done: number, total: number) => void {
  let last = performance.now()
  return (done, total) => {
    if (performance.now() - last < pullInterval) return
    last = performance.now()
    reporter.event(node, { event: 'progress', done, total, unit: 'bytes', phase: 'pulling' })
  }
}

/** How events name a node. */
function namesOf({ id, name }: PlanNode): { stage: string; id: string } {
  return { stage: name, id }
}
