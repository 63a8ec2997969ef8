/** Errors for a tokenizer.json that cannot be used, and readers of its values that throw them. */

import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'

/** The error for a tokenizer with features that llmpipe does not support. */
export function unsupported(why: string): StageError {
  return new StageError(
    'unsupported-tokenizer',
    `this tokenizer.json cannot be used: ${why}`,
    'llmpipe reads BPE, Unigram, WordPiece and WordLevel models with the steps of Hugging Face’s tokenizers 0.23, without randomness.',
  )
}

/** The error for a file that contradicts itself, or has another format. */
export function damaged(why: string): StageError {
  return new StageError(
    'damaged-tokenizer',
    `this tokenizer.json is corrupt: ${why}`,
    'Get the file again from its source, or write it with `tokenizer.save("tokenizer.json")` of Hugging Face’s tokenizers.',
  )
}

/** A part of a file for messages, shortened if it is long. */
export function show(json: Json | undefined): string {
  const text = JSON.stringify(json) ?? 'nothing'
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}

export function asObject(json: Json | undefined, what: string): JsonObject {
  if (json === undefined || json === null) throw damaged(`it has no ${what}`)
  if (typeof json !== 'object' || Array.isArray(json)) throw damaged(`its ${what} is ${show(json)}, not an object`)
  return json as JsonObject
}

export function asArray(json: Json | undefined, what: string): readonly Json[] {
  if (!Array.isArray(json)) throw damaged(`its ${what} is ${show(json)}, not a list`)
  return json as readonly Json[]
}

export function asText(json: Json | undefined, what: string): string {
  if (typeof json !== 'string') throw damaged(`its ${what} is ${show(json)}, not a text`)
  return json
}

/** A limit of ids: the largest known vocabularies have less than a million. */
const idLimit = 2 ** 24

export function asId(json: Json | undefined, what: string): number {
  if (typeof json === 'number' && Number.isInteger(json) && json >= 0 && json < idLimit) return json
  throw damaged(`the id of ${what} is ${show(json)}, not a whole number from 0 to ${idLimit - 1}`)
}

/** The steps of a part of the file: one step, a `Sequence` of steps under the name `list`, or null for none. */
export function stepsIn(json: Json | undefined, list: string, what: string): JsonObject[] {
  if (json === undefined || json === null) return []
  const step = asObject(json, what)
  if (step.type !== 'Sequence') return [step]
  return asArray(step[list], `${what}.${list}`).flatMap((each) => stepsIn(each, list, what))
}

/** A text of one character. */
export function one(json: Json | undefined, what: string): string {
  const text = asText(json, what)
  if ([...text].length !== 1) throw damaged(`its ${what} is ${show(text)}, not one character`)
  return text
}

/** A flag of a step; `byDefault` if the step does not have it. */
export function boolean(step: JsonObject, name: string, byDefault: boolean, what: string): boolean {
  const value = step[name] ?? byDefault
  if (typeof value === 'boolean') return value
  throw damaged(`its ${what}.${name} is ${show(value)}, not true or false`)
}
