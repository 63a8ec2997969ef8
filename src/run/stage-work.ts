/** The work of running one node, and how it ends. */

import type { Artefact, Key } from '../core/artefact.ts'
import type { JobPlace, StageFailure } from '../core/event.ts'
import type { PlanNode } from '../core/plan.ts'
import type { StageReport } from '../core/report.ts'
import type { Json } from '../core/values/json.ts'
import type { Claim } from '../store/claim.ts'
import type { HashedInput } from '../store/inputs/input-files.ts'
import type { Action, Committed, Outputs } from '../store/store.ts'
import type { Keyed } from './explain/keyed.ts'

/** Everything that is needed to run a node whose inputs are known. Plain data, which another machine could be sent. */
export interface StageWork {
  readonly key: Key
  readonly node: PlanNode
  readonly models: Readonly<Record<string, Json>>
  readonly inputs: Readonly<Record<string, readonly Artefact[]>>
  readonly files: Readonly<Record<string, readonly HashedInput[]>>
  /** The stage starts from nothing: neither parts nor states of earlier attempts are reused. */
  readonly fresh: boolean
  /** The record of the action, without what is known only at its end. */
  readonly draft: Omit<Action, 'outputs' | 'report' | 'seconds' | 'time'>
  /** The folder of the store. */
  readonly root: string
  readonly stageCommand: readonly string[]
  /** Some stage of the plan asks for GPUs: this stage sees only the GPUs that it was given. */
  readonly sharesGpus: boolean
}

export type Outcome =
  | { readonly type: 'done'; readonly committed: Committed }
  | { readonly type: 'failed'; readonly error: StageFailure; readonly seconds: number }
  /** `continuesIn`: the run does not wait for it, and it goes on. */
  | { readonly type: 'interrupted'; readonly step?: number; readonly continuesIn?: JobPlace }
  /** It ended before it was done for a reason that lies outside of it: another attempt follows. */
  | {
      readonly type: 'displaced'
      readonly message: string
      readonly cause: 'time-limit' | 'cluster'
      /** The last lines that its job printed, if they may tell why. */
      readonly detail?: string
    }

/** The result of a stage that is to be recorded. */
export interface Made {
  readonly report: StageReport
  readonly outputs: Outputs
  readonly seconds: number
}

/** Records what the attempt with this claim made, and gives the claim up. Rejected with a StageError `input-changed`. */
export type Commit = (made: Made, claim: Claim) => Promise<Committed>

/** A node that missed its key: it has to run. */
export interface Candidate {
  readonly keyed: Keyed
  /** Why it has to run, in words. */
  readonly reason: string
  /** How often it has failed in this run. */
  readonly failures: number
  /** The run reported that another one works on the key. */
  readonly isReportedHeld?: boolean
}
