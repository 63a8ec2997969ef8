/** What runs stages: this machine now, a cluster later. Handed to `run`, and shared between the runs of a watch. */

import type { Artefact, Key } from '../../core/artefact.ts'
import type { StageEvent, StageFailure } from '../../core/event.ts'
import type { Json } from '../../core/json.ts'
import type { PlanNode } from '../../core/plan.ts'
import type { Resources } from '../../core/resources.ts'
import type { InputFile } from '../../core/stage.ts'
import type { Claim } from '../../store/claim.ts'
import type { Action, Committed, Store } from '../../store/store.ts'

/** All that is needed to run one node whose inputs are known. */
export interface StageWork {
  readonly key: Key
  readonly node: PlanNode
  readonly models: Readonly<Record<string, Json>>
  readonly inputs: Readonly<Record<string, readonly Artefact[]>>
  readonly files: Readonly<Record<string, readonly InputFile[]>>
  /** All of it is to be done anew, whatever is there from before. */
  readonly fresh: boolean
  /** The record of it, but for what is known at its end. */
  readonly draft: Omit<Action, 'outputs' | 'report' | 'seconds' | 'time'>
  /** The name of an input file that is no longer what the key says, if there is one. */
  changedInput(): Promise<string | undefined>
  readonly store: Store
  readonly stageCommand: readonly string[]
  /** Stages of its plan are given GPUs: it sees none but its own. */
  readonly sharesGpus: boolean
}

export type Outcome =
  | { readonly type: 'done'; readonly committed: Committed }
  | { readonly type: 'failed'; readonly error: StageFailure; readonly seconds: number }
  | { readonly type: 'interrupted'; readonly step?: number }

/** A stage under way. */
export interface Running {
  readonly key: Key
  readonly pid: number
  readonly attempt: number
  readonly cpus: number
  /** The GPUs it has for itself. */
  readonly gpus: readonly string[]
  /** The step of the last checkpoint of an earlier attempt. */
  readonly resumedFrom?: number
  /** Never rejected: whatever goes wrong is a failure of the stage. */
  readonly outcome: Promise<Outcome>
  /** Hears what it says from now on; returns how to stop hearing it. */
  subscribe(listener: (event: StageEvent) => void): () => void
  /** Asks it to save and stop, once. */
  interrupt(): void
  kill(): void
}

export interface Executor {
  /** The stages under way, by key. */
  readonly running: ReadonlyMap<Key, Running>
  /** Why a stage that wants this much could never start here, if that is so. Asked before `hasRoom`. */
  lack(resources: Resources): Promise<StageFailure | undefined>
  /** Whether a stage that wants this much could start now. */
  hasRoom(resources: Resources): boolean
  /** Starts a stage in the room there is; it owns the claim from here on. */
  start(work: StageWork, claim: Claim): Running
}
