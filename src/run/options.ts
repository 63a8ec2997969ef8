/** The options of `run`, and the summary that it returns. */

import type { Digest } from '../core/artefact.ts'
import type { RemoteTally, RunEvent, StageFailure } from '../core/event.ts'
import type { Resources } from '../core/kind/resources.ts'
import type { PlanNode } from '../core/plan.ts'
import type { RemoteCache } from '../store/remote/remote-cache.ts'
import type { Store } from '../store/store.ts'
import type { Executor } from './executors/executor.ts'

export interface RunOptions {
  readonly store: Store
  /** Asked for what the store does not have, and sent what is made. */
  readonly remote?: RemoteCache
  /** The folder of the program: file patterns and exports are relative to it. */
  readonly programDir: string
  /** Called with every event, in order, as soon as it happens. The same events are in `runs/<id>/events.jsonl`. */
  onEvent(event: RunEvent): void
  /** The command that starts a stage: `[process.execPath, 'dist/llmpipe.js', 'stage']`. */
  readonly stageCommand: readonly string[]
  /** The version of llmpipe, for the log. */
  readonly version: string
  /** The params and the engine from the command line (`-p`, `--engine`), for the log. */
  readonly asked?: { readonly params: Readonly<Record<string, string>>; readonly engine?: string | undefined }
  /** `soft`: stages save their work and stop, and nothing new starts. `hard`: everything is killed at once. */
  readonly signal: { readonly soft: AbortSignal; readonly hard: AbortSignal }
  /** How many stages may run at once, besides the limits of cores and memory. */
  readonly jobs?: number
  /** How much of this machine may be used; all of it if absent. */
  readonly machine?: Partial<Resources>
  /** Whether the work of a node has parts, so that cores that are free can be lent to it; all have if absent. */
  hasParts?(node: PlanNode): Promise<boolean>
  /** After a failure, continue with everything that does not depend on it. Without it, stages in progress are finished and nothing new starts. */
  readonly keepGoing?: boolean
  /** Stages (by name or id) that run even if they are cached. */
  readonly force?: readonly string[]
  /** The only stages (by name or id) that run: what they take from must be cached. */
  readonly only?: readonly string[]
  /** Exports replace files that no export of the program wrote, or that were edited since. */
  readonly overwrite?: boolean
  /** Results that a person adopted or accepted are refused, and those that people should doubt (`StageReport.doubt`). */
  readonly strict?: boolean
  /** Runs the stages. If absent, the run makes one; the runs of a watch share one. */
  readonly executor?: Executor
  /** Ends the run without stopping its stages: another run continues with them (watch). */
  readonly superseded?: AbortSignal
  /** An input file that is written while it is read is read again, instead of failing its stage (watch). */
  readonly rereadsInputs?: boolean
  /** The order in which ready stages are tried; the order of the plan if absent. For tests. */
  order?(ready: readonly string[]): readonly string[]
}

export interface RunSummary {
  readonly run: string
  readonly ran: number
  readonly cached: number
  readonly failed: number
  readonly skipped: number
  readonly interrupted: number
  readonly seconds: number
  /** Absent if there is no remote cache. */
  readonly remote?: RemoteTally
  /** The failures of stages in the order in which they happened, without the stages that were skipped for them. */
  readonly failures: readonly {
    readonly id: string
    readonly stage: string
    readonly line: number
    readonly error: StageFailure
  }[]
  /** The digests of the outputs in the store, by node id and output. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, Digest>>>>
}
