/** A failure that is the input's or the world's doing, not ours: it has a code, a message and a way out. */

import type { StageFailure } from './event.ts'

/** Thrown by a stage to fail with something a person can act on. Anything else thrown is reported as our bug. */
export class StageError extends Error {
  readonly code: string
  readonly help: string | undefined

  constructor(code: string, message: string, help?: string) {
    super(message)
    this.name = 'StageError'
    this.code = code
    this.help = help
  }

  toFailure(): StageFailure {
    return { code: this.code, message: this.message, ...(this.help === undefined ? {} : { help: this.help }) }
  }
}

/** Thrown by a stage that was asked to stop and has saved its work. */
export class Interrupted extends Error {
  /** The step training will resume from. */
  readonly step: number | undefined

  constructor(step?: number) {
    super('interrupted')
    this.name = 'Interrupted'
    this.step = step
  }
}
