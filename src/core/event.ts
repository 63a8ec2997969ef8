/**
 * Events: what happened in a run, in order; one JSON object a line in `runs/<id>/events.jsonl`. The dashboard, the plain
 * output, `--json` and the report are functions of this log and of nothing else.
 */

import type { Digest, Key, Ledger, StageReport } from './artefact.ts'
import type { Variant } from './variant.ts'

/** Identifies a process, also after its number is used again. */
export interface ProcessIdentity {
  readonly pid: number
  /** When the process started, as the system writes it; empty if the system does not say. */
  readonly start: string
  readonly machine: string
}

/** What a stage says while it runs. The runner adds `stage`, `id` and `time`. */
export type StageEvent =
  | {
      readonly event: 'progress'
      readonly done: number
      /** Absent while unknown. */
      readonly total?: number
      /** What is counted: `steps`, `documents`, `bytes`. */
      readonly unit: string
      /** What is going on, where a stage has several phases: `counting pairs`, `validating`. */
      readonly phase?: string
    }
  | ({
      readonly event: 'metric'
      readonly step: number
      readonly loss?: number
      readonly tokensPerSecond?: number
      readonly validLoss?: number
      readonly learningRate?: number
      readonly gradientNorm?: number
    } & { readonly [scalar: string]: string | number | undefined })
  | { readonly event: 'sample'; readonly step: number; readonly prompt: string; readonly text: string }
  | { readonly event: 'ledger'; readonly ledger: Ledger }
  | { readonly event: 'checkpoint'; readonly step: number }
  /** It can do nothing until people did something at the address. */
  | { readonly event: 'waiting'; readonly on: string; readonly address: string }
  | { readonly event: 'log'; readonly level: 'info' | 'warning' | 'error'; readonly message: string }

export interface StageFailure {
  /** Stable and documented: `diverged`, `out-of-memory`, `killed`, `no-files`, `bug`, … */
  readonly code: string
  readonly message: string
  /** What to do about it. */
  readonly help?: string
  /** The last lines of the stage's log, a stack for our own bugs. */
  readonly detail?: string
}

interface OfStage {
  /** The node's name. */
  readonly stage: string
  readonly id: string
}

export type RunEvent = { /** Milliseconds since the epoch. */ readonly time: number } & (
  | {
      readonly event: 'run-started'
      readonly run: string
      readonly program: string
      readonly stages: number
      readonly version: string
      readonly store: string
      /** The process that runs it, on the machine it runs on. */
      readonly pid: number
      /** Which process that is, for good. */
      readonly process?: ProcessIdentity
      /** The values of params that were given, and the engine, where some were. */
      readonly params?: Readonly<Record<string, string>>
      readonly engine?: string
    }
  /** One for each node, first of all: the graph as the screens draw it. */
  | (OfStage & {
      readonly event: 'planned'
      readonly kind: string
      /** Ids of the nodes it takes from. */
      readonly after: readonly string[]
      /** The file it stands in, where that is not the program. */
      readonly file?: string
      readonly line: number
      readonly variant?: Variant
    })
  | (OfStage & {
      readonly event: 'cached'
      readonly digest: Digest
      readonly outputs: Readonly<Record<string, Digest>>
      readonly key: Key
      /** What its running took back then, in seconds: what the hit saved. */
      readonly saved: number
      /** It was not in the store, and was pulled from the remote cache: so many bytes. */
      readonly from?: 'remote'
      readonly pulled?: number
      readonly report?: StageReport
    })
  | (OfStage & {
      readonly event: 'started'
      readonly key: Key
      readonly attempt: number
      readonly pid: number
      readonly cpus: number
      /** The GPUs it was given, where it wants some. */
      readonly gpus?: readonly string[]
      /** Why it was not cached. */
      readonly reason: string
      /** The step that training resumes from. */
      readonly resumedFrom?: number
    })
  /** What the attempts before measured that it goes on from, up to the step it resumes from; thinned out where that is much. */
  | (OfStage & {
      readonly event: 'earlier'
      readonly metrics: readonly ({ readonly step: number } & { readonly [scalar: string]: number })[]
    })
  | (OfStage & StageEvent)
  | (OfStage & {
      readonly event: 'finished'
      readonly digest: Digest
      readonly outputs: Readonly<Record<string, Digest>>
      readonly key: Key
      readonly seconds: number
      readonly report?: StageReport
      /** The output is one that an earlier action gave too: what depends on it may be cached. */
      readonly unchanged?: boolean
    })
  | (OfStage & { readonly event: 'failed'; readonly error: StageFailure; readonly seconds: number })
  | (OfStage & {
      readonly event: 'skipped'
      /** The stage that failed, or the interruption. */
      readonly because: string
      /** Where the stage needs nothing of that: how the run ended before the stage began. */
      readonly stopped?: 'failed' | 'interrupted'
    })
  | (OfStage & { readonly event: 'interrupted'; readonly step?: number })
  | (OfStage & { readonly event: 'exported'; readonly to: string; readonly files: number })
  /** About the run as a whole: its log cannot be written, or the remote cache cannot be reached. */
  | { readonly event: 'notice'; readonly message: string }
  /** All stages are over; so many actions are still to go to the remote cache. */
  | { readonly event: 'pushing'; readonly left: number; readonly to: string }
  | {
      readonly event: 'run-finished'
      readonly ran: number
      readonly cached: number
      readonly failed: number
      readonly skipped: number
      readonly interrupted: number
      readonly seconds: number
      /** Absent where there is no remote cache. */
      readonly remote?: RemoteTally
    }
)

/** What came from the remote cache in a run, and what went there. */
export interface RemoteTally {
  /** Actions whose artefacts were pulled, and their bytes. */
  readonly pulled: number
  readonly pulledBytes: number
  readonly pushed: number
  readonly pushedBytes: number
  /** Actions that were to be pushed and were not; the next run tries again. */
  readonly unpushed: number
}

export type RunEventOf<E extends RunEvent['event']> = Extract<RunEvent, { readonly event: E }>
