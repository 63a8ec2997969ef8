/** The corpus of edits, in the order in which they are made: see edit.ts. */

import type { Edit } from './edit.ts'
import { changes, cutOff, inPlace } from './edits-with-effect.ts'
import { names, sameValues, surroundings, words } from './edits-without-effect.ts'

export type { Edit } from './edit.ts'

export const edits: readonly Edit[] = [
  ...inPlace,
  ...words,
  ...names,
  ...sameValues,
  ...surroundings,
  ...cutOff,
  ...changes,
]
