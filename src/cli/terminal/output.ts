/** Standard output and standard error of every command: what is written there, and what happens when it cannot be written. */

import { sanitize } from '../../core/printable.ts'

/**
 * Writes text to standard output. Whatever in it would act on the terminal (file names, documents and program text can hold such
 * characters) is written out as an escape; line breaks and tabs stay.
 */
export function write(text: string): void {
  writeExactly(sanitize(text, { keep: '\n\t' }))
}

/** As `write`, to standard error. */
export function writeError(text: string): void {
  writeErrorExactly(sanitize(text, { keep: '\n\t' }))
}

/** Writes text whose parts were sanitized before colours were added, or that is data for another program. */
export function writeExactly(text: string): void {
  if (text !== '') process.stdout.write(text)
}

/** As `writeExactly`, to standard error. */
export function writeErrorExactly(text: string): void {
  if (text !== '') process.stderr.write(text)
}

let goOn = false

/** From here on a reader that is gone or a full disk takes away the screen and not the command: a run is more than its output. */
export function continueWithoutOutput(): void {
  goOn = true
}

/** Decides what becomes of a command whose output cannot be written. */
export function guardOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    let isLost = false
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (isLost) return
      isLost = true
      // Without this, each further line would be an error of its own.
      stream.write = () => true
      const isGone = error.code === 'EPIPE' || error.code === 'EIO'
      if (stream === process.stdout && !isGone) {
        const way = goOn ? 'It goes on without it; llmpipe log shows what it did.' : ''
        writeError(
          `error: standard output cannot be written to: ${error.message}\n${way === '' ? '' : `  help: ${way}\n`}`,
        )
      }
      if (goOn) return
      // A reader that has seen enough (`llmpipe ls | head`) is no failure.
      process.exit(isGone ? (process.exitCode ?? 0) : 1)
    })
  }
}
