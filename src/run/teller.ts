/** What a run says, as events in its log, and what it counts on the way. */

import type { RunEventOf, StageEvent, StageFailure } from '../core/event.ts'
import type { Plan, PlanNode } from '../core/plan.ts'
import { identity } from '../process/identity.ts'
import type { Action } from '../store/store.ts'
import { type Digests, of } from './entry.ts'
import type { Running } from './executors/executor.ts'
import { after } from './graph.ts'
import { openRunLog, type RunLog } from './log/run-log.ts'
import type { RunOptions, RunSummary } from './options.ts'

export class Teller {
  readonly #plan: Plan
  readonly #options: RunOptions
  readonly #log: RunLog
  readonly #failures: RunSummary['failures'][number][] = []
  readonly #count = { ran: 0, cached: 0, failed: 0, skipped: 0, interrupted: 0 }
  readonly #started = performance.now()
  #over = false

  constructor(plan: Plan, options: RunOptions) {
    this.#plan = plan
    this.#options = options
    this.#log = openRunLog(options.store, plan, (event) => {
      if (!this.#over) options.onEvent(event)
    })
  }

  /** The id of the run. */
  get run(): string {
    return this.#log.run
  }

  /** Whether the run has ended, and nobody listens any more. */
  get isOver(): boolean {
    return this.#over
  }

  /** The first stage that failed, by its name. */
  get firstFailed(): string | undefined {
    return this.#failures[0]?.stage
  }

  /** The run begins: the graph as the screens draw it. */
  announce(): void {
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
      this.#log.emit({ event: 'planned', ...of(node), kind, after: after(node), line: span.line, ...more })
    }
  }

  /** About the run as a whole. */
  notice(message: string): void {
    this.#log.emit({ event: 'notice', message })
  }

  pushing(left: number, to: string): void {
    this.#log.emit({ event: 'pushing', left, to })
  }

  /** What a stage says itself. */
  said(node: PlanNode, event: StageEvent): void {
    this.#log.emit({ ...of(node), ...event })
  }

  log(node: PlanNode, level: 'info' | 'warning', message: string): void {
    this.said(node, { event: 'log', level, message })
  }

  /** `pulled`: bytes that came for it from the remote cache. */
  cached(node: PlanNode, digests: Digests, { key, seconds, report }: Action, pulled: number | undefined): void {
    this.#count.cached++
    const from = pulled === undefined ? {} : { from: 'remote' as const, pulled }
    this.#log.emit({ event: 'cached', ...of(node), ...digests, key, saved: seconds, ...from, report })
  }

  started(node: PlanNode, { key, pid, attempt, cpus, gpus, resumedFrom }: Running, reason: string): void {
    this.#log.emit({
      event: 'started',
      ...of(node),
      key,
      attempt,
      pid,
      cpus,
      ...(gpus.length === 0 ? {} : { gpus }),
      reason,
      ...(resumedFrom === undefined ? {} : { resumedFrom }),
    })
  }

  /** What was measured up to the step that a stage resumes from. */
  earlier(node: PlanNode, metrics: RunEventOf<'earlier'>['metrics']): void {
    if (metrics.length > 0) this.#log.emit({ event: 'earlier', ...of(node), metrics })
  }

  finished(node: PlanNode, digests: Digests, { key, seconds, report }: Action, unchanged: boolean): void {
    this.#count.ran++
    const same = unchanged ? { unchanged } : {}
    this.#log.emit({ event: 'finished', ...of(node), ...digests, key, seconds, report, ...same })
  }

  exported(node: PlanNode, exported: { readonly to: string; readonly files: number }): void {
    const { to, files } = exported
    this.#log.emit({ event: 'exported', ...of(node), to, files })
  }

  failed(node: PlanNode, error: StageFailure, seconds: number): void {
    this.#count.failed++
    this.#failures.push({ id: node.id, stage: node.name, line: node.span.line, error })
    this.#log.emit({ event: 'failed', ...of(node), error, seconds })
  }

  interrupted(node: PlanNode, step: number | undefined): void {
    this.#count.interrupted++
    this.#log.emit({ event: 'interrupted', ...of(node), ...(step === undefined ? {} : { step }) })
  }

  /** A stage is skipped: it needs what failed, or else the run stopped before the stage began. */
  skipped(node: PlanNode, because: string, stopped: RunEventOf<'skipped'>['stopped']): void {
    this.#count.skipped++
    this.#log.emit({ event: 'skipped', ...of(node), because, ...(stopped === undefined ? {} : { stopped }) })
  }

  /** The run ends, without a word where another one goes on with it. */
  finish(isSuperseded: boolean): Omit<RunSummary, 'outputs'> {
    const { remote: cache } = this.#options
    const seconds = (performance.now() - this.#started) / 1_000
    const remote = cache && { remote: cache.takeTally() }
    if (!isSuperseded) this.#log.emit({ event: 'run-finished', ...this.#count, seconds, ...remote })
    return { run: this.run, ...this.#count, seconds, ...remote, failures: this.#failures }
  }

  /** Writes what is left; whatever is said afterwards nobody hears. */
  close(): void {
    this.#log.close()
    this.#over = true
  }
}

/** Says how far a pull from the remote cache is, now and then. */
export function tellPull(teller: Teller, node: PlanNode): (done: number, total: number) => void {
  let said = performance.now()
  return (done, total) => {
    // What is there within a second needs no progress.
    if (performance.now() - said < PULL_PACE) return
    said = performance.now()
    teller.said(node, { event: 'progress', done, total, unit: 'bytes', phase: 'pulling' })
  }
}

/** How often it is told how far a pull is, in milliseconds. */
const PULL_PACE = 1_000
