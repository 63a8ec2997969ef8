/** Standard output and standard error of every command, and what happens when they cannot be written. */

import { sanitize } from '../../core/values/printable.ts'

/**
 * Writes text to standard output. Characters that would act on the terminal, which file names, documents and programs may contain, are
 * written as escapes; line breaks and tabs stay.
 */
export function write(text: string): void {
  writeExactly(sanitize(text, { keep: '\n\t' }))
}

/** Like `write`, to standard error. */
export function writeError(text: string): void {
  writeErrorExactly(sanitize(text, { keep: '\n\t' }))
}

/** Writes text unchanged: its parts were sanitized before colors were added, or it is data for another program. */
export function writeExactly(text: string): void {
  if (text !== '') process.stdout.write(text)
}

/** Like `writeExactly`, to standard error. */
export function writeErrorExactly(text: string): void {
  if (text !== '') process.stderr.write(text)
}

let continues = false

/** From now on the command continues without output if its reader is gone or the disk is full: a run is more than its output. */
export function continueWithoutOutput(): void {
  continues = true
}

/** Ends a command whose output cannot be written, unless `continueWithoutOutput` was called. */
export function guardOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    let isLost = false
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (isLost) return
      isLost = true
      // Otherwise each further line would raise another error.
      stream.write = () => true
      const isGone = error.code === 'EPIPE' || error.code === 'EIO'
      if (stream === process.stdout && !isGone) {
        const way = continues ? 'The run continues without it; llmpipe log shows its results.' : ''
        writeError(
          `error: standard output cannot be written to: ${error.message}\n${way === '' ? '' : `  help: ${way}\n`}`,
        )
      }
      if (continues) return
      // It is not a failure if the reader has seen enough (`llmpipe ls | head`).
      process.exit(isGone ? (process.exitCode ?? 0) : 1)
    })
  }
}
