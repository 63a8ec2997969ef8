/** Settings whose value is a value of the program: numbers with their units, texts, truth values and lists. */

import type { Span } from '../../../../grammar/span.ts'
import type { SettingSchema } from '../../../core/kind/setting.ts'
import type { Json } from '../../../core/values/json.ts'
import * as say from '../../messages/settings.generated.ts'
import { type Env, report, sourceOf } from '../env.ts'
import { expectedInWords, inWords, toJson, type Unit, type Value } from '../values/values.ts'
import { elaborateGroup } from './group.ts'
import { partOf, type SettingPath } from './path.ts'
import { reportUnknownChoice } from './words.ts'

/** The value of a setting as JSON; `undefined` if it is not one that the setting takes, which is reported. */
export function fromValue(
  env: Env,
  schema: SettingSchema,
  value: Value,
  span: Span,
  path: SettingPath,
): Json | undefined {
  const wrong = (): undefined => reportWrongType(env, schema, value, span, path)
  if (value.type === 'unknown') return undefined
  if (value.type === 'size') return void report(env, say.sizeUnknown(span, { name: value.name }))
  if (value.type === 'group') {
    if (!schema.calls) return wrong()
    const group = elaborateGroup(value.env, schema.calls, value.call, path)
    return group === 'no group' ? wrong() : group
  }
  if (schema.enum && value.type === 'string') return fromWord(env, schema, value.value, span, path)
  if (schema.enum && (schema.type === undefined || schema.type === 'string')) return wrong()
  switch (schema.type) {
    case 'integer':
    case 'number':
      return value.type === 'number' ? fromNumber(env, schema, value, span, path) : wrong()
    case 'string':
      return value.type === 'string' ? value.value : wrong()
    case 'boolean':
      return value.type === 'boolean' ? value.value : wrong()
    case 'array': {
      if (value.type !== 'list') return wrong()
      const items = value.items.map((item, index) => {
        path.spans[`${path.path}.${index}`] ??= span
        return fromValue(env, schema.items ?? anySetting, item, value.spans[index] ?? span, partOf(path, index))
      })
      return items.every((item) => item !== undefined) ? joined(schema, items as Json[]) : undefined
    }
    default:
      return toJson(value) ?? wrong()
  }
}

/** A setting that takes anything: for items of a list whose schema has none. */
export const anySetting: SettingSchema = { description: '' }

/** The pieces of a text that is written as a list, as one piece: the breaks between pieces have no meaning. */
export function joined({ pieces }: SettingSchema, items: readonly Json[]): readonly Json[] {
  return pieces ? [items.join('')] : items
}

function reportWrongType(env: Env, schema: SettingSchema, value: Value, span: Span, path: SettingPath): undefined {
  const words = { setting: `\`${path.path}\``, expected: expectedInWords(schema), got: inWords(value) }
  report(env, say.wrongType(span, words, schema.description ? { help: schema.description } : {}))
}

/** A text for a setting that takes words. It comes from `-p` or a `let`, since a word in the program has no quotes. */
function fromWord(env: Env, schema: SettingSchema, word: string, span: Span, path: SettingPath): string | undefined {
  const choices = schema.enum ?? []
  if (choices.includes(word)) {
    if (!sourceOf(env, span).startsWith('"')) return word
    const words = { got: word, setting: path.path, choices: choices.join(', ') }
    return void report(env, say.unknownChoice(span, words, { help: `Write the bare word: \`${word}\`.` }))
  }
  return schema.orString ? word : void reportUnknownChoice(env, schema, word, span, path)
}

function fromNumber(
  env: Env,
  schema: SettingSchema,
  value: Extract<Value, { type: 'number' }>,
  span: Span,
  path: SettingPath,
): Json | undefined {
  if (!unitFits(schema, value.unit)) {
    const words = { setting: `\`${path.path}\``, expected: expectedInWords(schema), got: inWords(value) }
    return void report(env, say.wrongUnit(span, words, unitHelp(schema.unit)))
  }
  if (schema.countOrPart && value.unit === 'fraction' && value.value >= 1) {
    if (value.value === 1) return '100%'
    const words = { setting: path.path, rule: 'be at most 100%', got: sourceOf(env, span) }
    return void report(env, say.outOfRange(span, words))
  }
  const isCount = schema.type === 'integer' || (schema.countOrPart && value.value > 1)
  if (isCount && !Number.isInteger(value.value)) {
    const words = { setting: `\`${path.path}\``, expected: 'a whole number', got: String(value.value) }
    return void report(env, say.wrongType(span, words))
  }
  return value.value
}

/** A bare number is a count or a fraction; bytes and times need their suffix. */
function unitFits(schema: SettingSchema, unit: Unit): boolean {
  if (schema.unit === undefined)
    return unit === 'none' || unit === 'count' || (unit === 'fraction' && schema.type !== 'integer')
  if (unit === 'none') return schema.unit === 'count' || schema.unit === 'fraction'
  return unit === schema.unit
}

function unitHelp(unit: SettingSchema['unit']): { help: string } {
  switch (unit) {
    case 'bytes':
      return { help: 'Say how many bytes: 64KiB, 10MiB, 2GiB.' }
    case 'seconds':
      return { help: 'Say how long: 500ms, 30s, 10min, 2h, 1d.' }
    case 'fraction':
      return { help: 'Write 10% or 0.1.' }
    case 'count':
      return { help: 'Write a bare number, or 20k, 5M, 1B.' }
    case undefined:
      return { help: 'Write a bare number.' }
  }
}
