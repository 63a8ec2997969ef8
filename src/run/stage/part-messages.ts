/** The messages between the process of a stage and the threads that make its parts. */

import type { StageFailure } from '../../core/event.ts'
import type { Part } from '../../core/kind/stage.ts'
import type { Json } from '../../core/values/json.ts'
import type { StageJob } from './job.ts'

/** The data that a thread is started with. */
export interface PartWorkerData {
  readonly job: StageJob
}

/** To a thread: makes a part, or gives up the part under way. */
export type PartOrder = { readonly type: 'make'; readonly task: Json } | { readonly type: 'stop' }

/** From a thread, about the part under way. */
export type PartAnswer =
  | { readonly type: 'progress'; readonly done: number; readonly counted?: Json }
  | { readonly type: 'made'; readonly part: Part }
  | { readonly type: 'failed'; readonly error: StageFailure }
  | { readonly type: 'stopped' }
