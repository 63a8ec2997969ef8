/** Reads the events that a job appends to its file. */

import type { StageEvent } from '../../../../core/event.ts'
import { isMissing } from '../../../../store/durable.ts'
import { LineTail } from '../../../../store/line-tail.ts'
import { isStageResult, messageIn } from '../../../stage/job.ts'

export interface TimedEvent {
  readonly event: StageEvent
  /** Absent if an earlier version of llmpipe wrote the event. */
  readonly time?: number
}

export class EventTail {
  readonly #lines: LineTail

  constructor(path: string) {
    this.#lines = new LineTail(path)
  }

  /** The events that were added since the last call. */
  read(): StageEvent[] {
    return this.readTimed().map(({ event }) => event)
  }

  /** The events that were added since the last call, with their times in milliseconds since the epoch by the clock of the node. None if the file does not exist yet. */
  readTimed(): TimedEvent[] {
    let lines: string[]
    try {
      lines = this.#lines.read()
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
    return lines.flatMap((line) => {
      const message = messageIn(line)
      if (message === undefined || isStageResult(message)) return []
      const { time } = message as { readonly time?: unknown }
      return [{ event: message, ...(typeof time === 'number' ? { time } : {}) }]
    })
  }
}
