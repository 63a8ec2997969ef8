/** The interface of what runs stages: this machine, or a cluster. The runs of a watch share one executor. */

import type { Key } from '../../core/artefact.ts'
import type { JobPlace, StageEvent, StageFailure, Where } from '../../core/event.ts'
import type { Resources } from '../../core/kind/resources.ts'
import type { Liveness } from '../../process/where.ts'
import type { Claim } from '../../store/claim.ts'
import type { Commit, Outcome, StageWork } from '../stage-work.ts'

/** An attempt of a stage that is in progress. */
export interface RunningStage {
  readonly key: Key
  /** Absent if the stage could not be started. */
  readonly where?: Where
  readonly attempt: number
  /** How many CPUs it may use. */
  readonly cpus: number
  /** It outlives the run, keeps its own time, and is left running when the run is interrupted. */
  readonly isDetached?: true
  /** The GPUs reserved for it. */
  readonly gpus: readonly string[]
  /** The step of the last checkpoint of an earlier attempt. */
  readonly resumedFrom?: number
  /** Never rejected: whatever goes wrong is a failure of the stage. */
  readonly outcome: Promise<Outcome>
  /** Passes every later event of the stage to `listener`. Returns a function that ends the subscription. */
  subscribe(listener: (event: StageEvent) => void): () => void
  /** Asks the stage to save its work and stop. Only the first call does something. */
  interrupt(): void
  kill(): void
}

export interface Executor extends Liveness {
  /** The stages in progress, by key. */
  readonly running: ReadonlyMap<Key, RunningStage>
  /** If these resources exceed everything that the executor has, the failure to report; otherwise `undefined`. To be called before `hasRoom`. */
  shortfall(resources: Resources): Promise<StageFailure | undefined>
  /** Whether a stage with these resources could start now. */
  hasRoom(resources: Resources): boolean
  /** Starts a stage in the room that `hasRoom` found. From here on the stage owns the claim. */
  start(work: StageWork, claim: Claim, commit: Commit): Promise<RunningStage>
  /** Follows the stage of a key that runs in a job of this executor, whoever started it. `undefined` if nothing is left of the job. */
  follow?(key: Key, job: JobPlace): RunningStage | undefined
  /** Called with messages about the executor as a whole: the cluster does not answer. */
  onNotice?: (message: string) => void
}
