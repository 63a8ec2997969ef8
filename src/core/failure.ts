/** Failures that are not bugs of llmpipe: each has a code, a message and a way out. */

import type { StageFailure } from './event.ts'

/** The error by which a stage fails with something that a person can act on. Any other error is reported as a bug of llmpipe. */
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

/** The messages of V8 when it cannot allocate an array or a WebAssembly memory. */
const noMemory = /array buffer allocation failed|could not allocate memory/i

/** The help for a kind without `memoryHelp`. */
const generalMemoryHelp =
  'Run fewer stages at the same time (`--jobs 1`), use a smaller model or shorter texts, or a machine with more memory.'

/**
 * The failure that events report for `error`: a failure that a person can act on, a failure of the disk or of memory, or else a bug of llmpipe.
 * `memoryHelp` is the help for a failure `out-of-memory` that has no help yet.
 */
export function failureOf(error: unknown, memoryHelp = generalMemoryHelp): StageFailure {
  if (error instanceof StageError) {
    const failure = error.toFailure()
    return failure.code === 'out-of-memory' ? { help: memoryHelp, ...failure } : failure
  }
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
  if (error instanceof RangeError && noMemory.test(message))
    return { code: 'out-of-memory', message: `the stage ran out of memory: ${message}`, help: memoryHelp }
  const detail = stack === undefined ? {} : { detail: stack }
  const code = systemCode(error)
  if (code !== undefined) {
    const failure = systemFailure(code, message)
    return failure.help === undefined ? { ...failure, ...detail } : failure
  }
  return {
    code: 'bug',
    message,
    help: 'This is a bug in llmpipe or in the stage; the stack below says where.',
    ...detail,
  }
}

/** The failure that an error of the operating system is reported as, by the code of the error (`ENOSPC`, …) and its message. */
export function systemFailure(code: string, message: string): StageFailure {
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
  return { code: 'input-output', message }
}

/** The code (`ENOSPC`, …) of an error of the operating system; `undefined` for other errors. */
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
