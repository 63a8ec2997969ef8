/** The path of a setting in its call, and what its elaboration collects. */

import type { Span } from '../../../../grammar/span.ts'
import type { FilePattern } from '../../../core/plan.ts'
import type { Json } from '../../../core/values/json.ts'
import type { Inputs } from '../calls/inputs.ts'

export interface SettingPath {
  /** `optimizer.betas.0`. */
  readonly path: string
  /** The name of the stage kind that is called. */
  readonly callee: string
  /** Collects the span of each setting, by path. */
  readonly spans: Record<string, Span>
  /** Collects texts for people that stand beside a setting, such as the source of an expression, by `$` and the path. */
  readonly labels: Record<string, Json>
  /** Collects the artefacts that settings take. */
  readonly inputs: Inputs
  /** Collects the files of lists in conditions; absent if the kind cannot read them. */
  readonly lists?: FilePattern[]
}

/** The path of a part of a setting. */
export function partOf(path: SettingPath, part: string | number): SettingPath {
  return { ...path, path: `${path.path}.${part}` }
}
