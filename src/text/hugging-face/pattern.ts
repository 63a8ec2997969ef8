/** Reads patterns of a tokenizer.json, `{ "String": … }` or `{ "Regex": … }`. */

import type { Json } from '../../core/values/json.ts'
import { literal } from '../added.ts'
import { toJavaScript } from '../split/regex.ts'
import { asObject, asText } from './problem.ts'

/** The pattern as a regular expression that finds all matches. */
export function patternIn(json: Json | undefined, what: string): RegExp {
  if (typeof json === 'string') return new RegExp(literal(json), 'g')
  const { String: text, Regex: regex } = asObject(json, what)
  return text === undefined ? toJavaScript(asText(regex, what)) : new RegExp(literal(asText(text, what)), 'g')
}

/** The pattern in the syntax of Oniguruma. */
export function patternText(json: Json | undefined, what: string): string {
  const { String: text, Regex: regex } = asObject(json, what)
  return text === undefined ? asText(regex, what) : literal(asText(text, what))
}
