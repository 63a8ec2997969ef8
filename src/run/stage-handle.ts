/** A stage that runs somewhere: on this machine now, in a cluster later. */

import type { Where } from '../core/event.ts'
import type { Exit } from '../process/exit.ts'
import type { StageJob, StageMessage } from './stage/job.ts'

export interface StageHandle {
  readonly where: Where
  /** The messages of the stage, in order. A line of output that is not a message comes as a `log` event. Ends with the output of the stage. */
  readonly messages: AsyncIterable<StageMessage>
  /** How the stage ended, known once `messages` has ended. */
  readonly exit: Promise<Exit>
  /** Asks the stage to save its work and stop. */
  interrupt(): void
  /** Ends the stage and everything that it started. */
  kill(): void
}

/**
 * Starts a stage. `recordPlace` is called with the place of the stage before the stage gets its job, so that whoever takes the work over finds it.
 * Rejected with a StageError `cannot-start` if the stage could not be started.
 */
export type Launch = (job: StageJob, recordPlace: (where: Where) => void) => Promise<StageHandle>
