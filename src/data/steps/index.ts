/** The steps of passes, by the name of their stage kind. */

import { c4Lines } from './c4-lines.ts'
import { filter } from './filter.ts'
import { drop, keep } from './keep.ts'
import { normalize } from './normalize.ts'
import { redact } from './redact.ts'
import type { StepMaker } from './step.ts'

export const steps: Readonly<Record<string, StepMaker>> = {
  c4_lines: c4Lines,
  drop,
  filter,
  keep,
  normalize,
  redact,
}
