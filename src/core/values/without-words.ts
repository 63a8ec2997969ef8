/** Removes the labels for people (`$…`) from a JSON value: names that a program gives to things, which no key depends on. */

import type { Json } from './json.ts'

export function withoutWords(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutWords)
  if (value === null || typeof value !== 'object') return value
  const kept: Record<string, Json> = {}
  for (const [name, member] of Object.entries(value))
    if (!name.startsWith('$') && member !== undefined) kept[name] = withoutWords(member as Json)
  return kept
}
