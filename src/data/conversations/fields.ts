/**
 * Finds values in the fields of a document by their path: `gloss`, `answer.text`, `turns.0.value`, `turns[0].value`,
 * `completions.*.score`. A name in quotes is taken as it is: `"my field"`, `answer["a.b"]`.
 */

import type { Json, JsonObject } from '../../core/json.ts'

interface Step {
  readonly name: string
  /** Whether it was in quotes. */
  readonly quoted: boolean
}

/** The values at a path: one, or with `*` (each item of a list) any number; an empty list where it leads nowhere. */
export function valuesAt(fields: JsonObject, path: string): readonly Json[] {
  return valuesBehind(fields, stepsOf(path))
}

/** The one value at a path. */
export function valueAt(fields: JsonObject, path: string): Json | undefined {
  return valuesAt(fields, path)[0]
}

function valuesBehind(value: Json, steps: readonly Step[]): readonly Json[] {
  const [first, ...rest] = steps
  if (first === undefined) return [value]
  if (first.name === '*' && !first.quoted)
    return Array.isArray(value) ? (value as readonly Json[]).flatMap((item) => valuesBehind(item, rest)) : []
  if (value === null || typeof value !== 'object') return []
  // `a.b` is the field b of a, or else the field "a.b".
  for (let count = 1; count <= steps.length; count++) {
    const joined = steps.slice(0, count)
    if (count > 1 && joined.some(({ quoted }) => quoted)) break
    const name = joined.map((step) => step.name).join('.')
    if (!Object.hasOwn(value, name)) continue
    const next = (value as JsonObject)[name]
    const found = next === undefined || next === null ? [] : valuesBehind(next, steps.slice(count))
    if (found.length > 0) return found
  }
  return []
}

/** `a.b`, `a[0]`, `a.0` and `a["b c"]` say the same as in JavaScript. */
function stepsOf(path: string): Step[] {
  const steps: Step[] = []
  for (const [, quoted, plain] of path.matchAll(/\[?\s*"((?:[^"\\]|\\.)*)"\s*\]?|([^.[\]"]+)/g)) {
    if (quoted !== undefined) steps.push({ name: quoted.replace(/\\(.)/g, '$1'), quoted: true })
    else if (plain !== undefined && plain.trim() !== '') steps.push({ name: plain.trim(), quoted: false })
  }
  return steps
}

/** The names that the fields of a document have, as a template can name them, for messages. */
export function namesOf(fields: JsonObject): string {
  const names = Object.keys(fields).map((name) =>
    /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(name) ? name : JSON.stringify(name),
  )
  return names.length === 0 ? 'none' : names.join(', ')
}
