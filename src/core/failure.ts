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

/** What went wrong, as events say it: what a person can act on, what the system says of the disk, or else a bug of ours. */
export function failureOf(error: unknown): StageFailure {
  if (error instanceof StageError) return error.toFailure()
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
  const detail = stack === undefined ? {} : { detail: stack }
  const code = systemCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      code: 'disk-full',
      message: `the disk is full (${message})`,
      help: 'Make room, for example with `llmpipe cache gc --older 7d`, then run again: nothing that is done is lost.',
    }
  }
  if (code === 'EROFS') {
    return {
      code: 'input-output',
      message: `nothing can be written there (${message})`,
      help: 'What a read-only store has is used all the same; to run what it lacks, give one that can be written to: --store FOLDER.',
    }
  }
  if (code !== undefined) return { code: 'input-output', message, ...detail }
  return {
    code: 'bug',
    message,
    help: 'This is a bug in llmpipe or in the stage; the stack below says where.',
    ...detail,
  }
}

/** `ENOSPC` and the like, of an error of the operating system. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, syscall } = error as NodeJS.ErrnoException
  return syscall === undefined ? undefined : code
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
