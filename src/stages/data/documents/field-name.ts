/** Checks the names of fields that steps add. */

import type { Misfit } from '../../../core/kind/kind.ts'

/** Why a step cannot add a field of this name; `undefined` if it can. */
export function fieldNameProblem(setting: string, name: string): Misfit | undefined {
  if (name !== 'text' && name !== 'id') return undefined
  return {
    code: 'invalid-setting',
    at: setting,
    message: `\`${name}\` is the ${name} of the document itself`,
    help: 'Choose another name for the field.',
  }
}
