/** The result of an export or import, in words. */

import type { Key } from '../../../core/artefact.ts'
import { write } from '../../terminal/output.ts'
import { exit } from '../../terminal/refusal.ts'

/** Prints how much was copied, and returns the exit code. `verb` is `exported` or `imported`. */
export function printCarried(
  { actions, objects, refused }: { actions: number; objects: number; refused: readonly Key[] },
  verb: string,
): number {
  write(`${actions} records and ${objects} artefacts ${verb}\n`)
  if (refused.length === 0) return exit.done
  write(`${refused.length} were corrupt and were left out\n`)
  return exit.failed
}
