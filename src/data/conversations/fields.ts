/**
 * Finds values in the fields of a document by a path: `gloss`, `answer.text`, `turns.0.value`, `turns[0].value`, `completions.*.score`.
 * Names in quotes may have any characters: `"my field"`, `answer["a.b"]`. `url.host` is the host of a URL.
 */

import type { Json, JsonObject } from '../../core/values/json.ts'
import { hostOf } from '../host.ts'

interface PathPart {
  readonly name: string
  /** Whether the name was in quotes. */
  readonly quoted: boolean
}

/** The values at a path: at most one, or any number with `*` (each item of a list). An empty list if there is no such field. */
export function valuesAt(fields: JsonObject, path: string): readonly Json[] {
  return valuesBehind(fields, partsOfPath(path))
}

/** The first value at a path; `undefined` if there is no such field. */
export function valueAt(fields: JsonObject, path: string): Json | undefined {
  return valuesAt(fields, path)[0]
}

function valuesBehind(value: Json, parts: readonly PathPart[]): readonly Json[] {
  const [first, ...rest] = parts
  if (first === undefined) return [value]
  if (first.name === '*' && !first.quoted)
    return Array.isArray(value) ? (value as readonly Json[]).flatMap((item) => valuesBehind(item, rest)) : []
  if (typeof value === 'string' && parts.length === 1 && first.name === 'host' && !first.quoted)
    return [hostOf(value)].filter((host) => host !== undefined)
  if (value === null || typeof value !== 'object') return []
  // `a.b` is the field b of a, or else the field named "a.b".
  for (let count = 1; count <= parts.length; count++) {
    const joined = parts.slice(0, count)
    if (count > 1 && joined.some(({ quoted }) => quoted)) break
    const name = joined.map((step) => step.name).join('.')
    if (!Object.hasOwn(value, name)) continue
    const next = (value as JsonObject)[name]
    const found = next === undefined || next === null ? [] : valuesBehind(next, parts.slice(count))
    if (found.length > 0) return found
  }
  return []
}

/** The names in a path, without quotes. */
export function namesInPath(path: string): readonly string[] {
  return partsOfPath(path).map(({ name }) => name)
}

/** The parts of a path: `a.b`, `a[0]`, `a.0`, `a["b c"]`. */
function partsOfPath(path: string): PathPart[] {
  const parts: PathPart[] = []
  for (const [, quoted, plain] of path.matchAll(/\[?\s*"((?:[^"\\]|\\.)*)"\s*\]?|([^.[\]"]+)/g)) {
    if (quoted !== undefined) parts.push({ name: quoted.replace(/\\(.)/g, '$1'), quoted: true })
    else if (plain !== undefined && plain.trim() !== '') parts.push({ name: plain.trim(), quoted: false })
  }
  return parts
}

/** The names of a document's fields for messages, quoted where a template has to quote them. */
export function namesOf(fields: JsonObject): string {
  const names = Object.keys(fields).map((name) =>
    /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(name) ? name : JSON.stringify(name),
  )
  return names.length === 0 ? 'none' : names.join(', ')
}
