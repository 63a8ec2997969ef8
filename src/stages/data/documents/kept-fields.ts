/** Refuses steps over fields that the pass itself has left out: `default(score, 0)` would be the same number for all documents. */

import { StageError } from '../../../core/failure.ts'
import type { Json, JsonObject } from '../../../core/values/json.ts'
import { fieldTemplate } from '../../../data/conversations/field-template.ts'

interface Call {
  readonly kind: string
  readonly params: JsonObject
}

/** Throws a StageError if a step of a pass reads a field that `keep_fields` of its source or of an earlier step has left out. */
export function refuseLostFields(source: Call | undefined, steps: readonly Call[]): void {
  /** The steps that keep some fields, each with the fields that later steps have added. */
  const keepers: { readonly call: Call; readonly added: Set<string> }[] = []
  for (const call of source === undefined ? steps : [source, ...steps]) {
    for (const path of pathsIn(call)) {
      const keeper = keepers.find(
        ({ call: { params }, added }) => !isKept(path, [...(params.keep_fields as readonly string[]), ...added]),
      )?.call
      if (keeper === undefined) continue
      const reader = call.kind === 'map' ? 'the text of map' : `a condition of ${call.kind}`
      throw new StageError(
        'missing-field',
        `${reader} reads the field \`${path.join('.')}\`, which ${keeper.kind} leaves out`,
        `Add ${JSON.stringify(path[0])} to keep_fields of ${keeper.kind}.`,
      )
    }
    for (const { added } of keepers) for (const name of addedBy(call)) added.add(name)
    if (call.params.keep_fields !== undefined) keepers.push({ call, added: new Set() })
  }
}

/** The fields that a step adds. */
function addedBy({ kind, params }: Call): readonly string[] {
  return kind === 'identify_language' ? [`${params.as}`, `${params.as}_score`] : []
}

/** Whether a field is among those that a call keeps; `a.b` may be the field named "a.b". */
function isKept(path: readonly string[], kept: readonly string[]): boolean {
  return ['text', 'id', ...kept].includes(path[0] ?? '') || kept.includes(path.join('.'))
}

/** The paths of the fields that a step reads: in the holes of its text, or in its conditions. */
function pathsIn({ kind, params }: Call): readonly (readonly string[])[] {
  if (kind === 'map') return typeof params.text === 'string' ? fieldTemplate(params.text).paths : []
  return fieldsIn(params)
}

/** The paths of the fields that the expressions in a value read. */
function fieldsIn(value: Json): readonly (readonly string[])[] {
  if (value === null || typeof value !== 'object') return []
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(fieldsIn)
  const { op, path } = value as JsonObject
  if (op === 'field' && Array.isArray(path)) return [path as readonly string[]]
  return Object.values(value as JsonObject).flatMap((each) => (each === undefined ? [] : fieldsIn(each)))
}
