/** The keys of a program in its store. */

import type { Key } from '../../../core/artefact.ts'
import type { StatusOptions } from '../../../run/explain/status.ts'
import type { ProgramOptions } from '../../common-options.ts'
import { writeError } from '../../terminal/output.ts'

/**
 * The keys of the stages of a program that have run, as the program is now. A note about the others goes to standard error.
 * `elsewhere` looks up a record that the store does not have.
 */
export async function keysOfProgram(
  file: string,
  options: ProgramOptions,
  elsewhere?: StatusOptions['elsewhere'],
): Promise<Key[]> {
  const { openProgram } = await import('../../program/open-program.ts')
  const { currentActions, missingNote } = await import('../../program/current-actions.ts')
  const opened = await openProgram(file, options)
  const { actions, missing } = await currentActions(opened, elsewhere)
  writeError(await missingNote(opened, missing))
  return actions.map(({ key }) => key)
}
