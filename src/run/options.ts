/** What `run` takes and gives back. */

import type { Digest } from '../core/artefact.ts'
import type { RemoteTally, RunEvent, StageFailure } from '../core/event.ts'
import type { Resources } from '../core/resources.ts'
import type { RemoteCache } from '../store/remote/remote-cache.ts'
import type { Store } from '../store/store.ts'
import type { Executor } from './executors/executor.ts'

export interface RunOptions {
  readonly store: Store
  /** Asked for what the store does not have, and given what is made. */
  readonly remote?: RemoteCache
  /** The folder of the program: what file patterns and exports are relative to. */
  readonly programDir: string
  /** Told of every event, in order, right when it happens; each is in `runs/<id>/events.jsonl` too. */
  onEvent(event: RunEvent): void
  /** How to start a stage: `[process.execPath, 'dist/llmpipe.js', 'stage']`. */
  readonly stageCommand: readonly string[]
  /** The version of llmpipe, for the log. */
  readonly version: string
  /** How the plan was asked for, for the log: what `-p` and `--engine` gave. */
  readonly asked?: { readonly params: Readonly<Record<string, string>>; readonly engine?: string | undefined }
  /** `soft`: stages save and stop, nothing new starts. `hard`: everything is killed at once. */
  readonly signal: { readonly soft: AbortSignal; readonly hard: AbortSignal }
  /** How many stages may run at once, besides what cores and memory allow. */
  readonly jobs?: number
  /** How much of this machine may be used; all of it where not given. */
  readonly machine?: Partial<Resources>
  /** After a failure go on with whatever does not depend on it. Without it, what runs is finished and nothing new starts. */
  readonly keepGoing?: boolean
  /** Stages (by name or id) that run though they are cached. */
  readonly force?: readonly string[]
  /** Run these alone: what they take must be in the cache. */
  readonly only?: readonly string[]
  /** Exports replace files that no export of the program wrote, or that were edited since. */
  readonly overwrite?: boolean
  /** What runs the stages; one is made for the run where none is given. Watch shares one between runs. */
  readonly executor?: Executor
  /** Ends the run without stopping its stages: another run goes on with them (watch). */
  readonly superseded?: AbortSignal
  /** The order in which ready stages are tried; as in the plan where absent. For tests. */
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
  /** Absent where there is no remote cache. */
  readonly remote?: RemoteTally
  /** What went wrong, root causes in the order they happened. */
  readonly failures: readonly {
    readonly id: string
    readonly stage: string
    readonly line: number
    readonly error: StageFailure
  }[]
  /** The digests of the outputs there are, by node id and output. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, Digest>>>>
}
