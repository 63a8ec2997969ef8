/** Refuses conditions over fields that the pass itself has left out: `default(score, 0)` would be the same number for all documents. */

import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'

interface Call {
  readonly kind: string
  readonly params: JsonObject
}

/** Throws a StageError if a step of a pass reads a field that `keep_fields` of its source or of an earlier step has left out. */
export function refuseLostFields(source: Call | undefined, steps: readonly Call[]): void {
  let keeper: Call | undefined
  for (const call of source === undefined ? steps : [source, ...steps]) {
    const kept = keeper?.params.keep_fields as readonly string[] | undefined
    if (keeper !== undefined && kept !== undefined)
      for (const path of fieldsIn(call.params)) {
        const [first = ''] = path
        if (['text', 'id', ...kept].includes(first) || kept.includes(path.join('.'))) continue
        throw new StageError(
          'missing-field',
          `a condition of ${call.kind} reads the field \`${path.join('.')}\`, which ${keeper.kind} leaves out`,
          `Add ${JSON.stringify(first)} to keep_fields of ${keeper.kind}.`,
        )
      }
    if (call.params.keep_fields !== undefined) keeper = call
  }
}

/** The paths of the fields that the expressions in a value read. */
function fieldsIn(value: Json): readonly (readonly string[])[] {
  if (value === null || typeof value !== 'object') return []
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(fieldsIn)
  const { op, path } = value as JsonObject
  if (op === 'field' && Array.isArray(path)) return [path as readonly string[]]
  return Object.values(value as JsonObject).flatMap((each) => (each === undefined ? [] : fieldsIn(each)))
}
