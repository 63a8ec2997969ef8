/** Finds values in the fields of a document by their path: `gloss`, `answer.text`, `turns.0.value`, `completions.*.score`. */

import type { Json, JsonObject } from '../../core/json.ts'

/** The values at a path: one, or with `*` (each item of a list) any number; none where it leads nowhere. */
export function valuesAt(fields: JsonObject, path: string): readonly Json[] {
  let values: readonly Json[] = [fields]
  for (const step of stepsOf(path)) {
    values = values.flatMap((value) => {
      if (step === '*') return Array.isArray(value) ? (value as readonly Json[]) : []
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return []
      const next = (value as JsonObject)[step]
      return next === undefined || next === null ? [] : [next]
    })
  }
  return values
}

/** The one value at a path. */
export function valueAt(fields: JsonObject, path: string): Json | undefined {
  return valuesAt(fields, path)[0]
}

/** `a.b`, `a[0]` and `a.0` say the same as in JavaScript. */
function stepsOf(path: string): string[] {
  return path
    .replace(/\[\s*"?([^\]"]*)"?\s*\]/g, '.$1')
    .split('.')
    .filter((step) => step !== '')
}

/** The names that the fields of a document have, for messages. */
export function namesOf(fields: JsonObject): string {
  const names = Object.keys(fields)
  return names.length === 0 ? 'none' : names.join(', ')
}
