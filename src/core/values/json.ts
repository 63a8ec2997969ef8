/** JSON values, and their canonical text, of which keys and digests are made. */

import type { ExactNumber } from './exact-number.ts'

export type Json =
  | null
  | boolean
  | number
  | ExactNumber
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }
export type JsonObject = { readonly [key: string]: Json | undefined }

/**
 * The canonical text of a JSON value: keys sorted by UTF-16 units, no white space, numbers as ECMAScript prints them
 * (RFC 8785). Absent and `undefined` members are the same.
 */
export function canonical(value: Json): string {
  // Most texts of a run are lists of lists, for which `JSON.stringify` is canonical and faster.
  if (!hasMembers(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const object = value as JsonObject
  const members: string[] = []
  for (const key of Object.keys(object).sort()) {
    const member = object[key]
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonical(member)}`)
  }
  return `{${members.join(',')}}`
}

function hasMembers(value: Json): boolean {
  if (value === null || typeof value !== 'object') return false
  return Array.isArray(value) ? value.some(hasMembers) : Object.keys(value).length > 0
}
