/**
 * Limits of JSON Schema for settings: minimum, maximum, lengths. A table, since compiling validators of ajv took a third of the time
 * of compiling a program; the tests compare the table with ajv.
 */

import type { Span } from '../../../../grammar/span.ts'
import type { SettingSchema, SettingsSchema } from '../../../core/kind/setting.ts'
import type { Json, JsonObject } from '../../../core/values/json.ts'
import { outOfRange } from '../../messages/settings.generated.ts'
import { type Env, report, sourceOf } from '../env.ts'

type Limit = 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum' | 'minLength' | 'minItems' | 'maxItems'

interface LimitRule {
  keeps(value: Json, limit: number): boolean
  /** The rule behind `must`. */
  inWords(limit: number): string
}

const items = (limit: number) => `${limit} item${limit === 1 ? '' : 's'}`

const limits: { readonly [L in Limit]: LimitRule } = {
  minimum: {
    keeps: (value, limit) => typeof value !== 'number' || value >= limit,
    inWords: (limit) => `be at least ${limit}`,
  },
  maximum: {
    keeps: (value, limit) => typeof value !== 'number' || value <= limit,
    inWords: (limit) => `be at most ${limit}`,
  },
  exclusiveMinimum: {
    keeps: (value, limit) => typeof value !== 'number' || value > limit,
    inWords: (limit) => `be more than ${limit}`,
  },
  exclusiveMaximum: {
    keeps: (value, limit) => typeof value !== 'number' || value < limit,
    inWords: (limit) => `be less than ${limit}`,
  },
  // JSON Schema counts code points.
  minLength: {
    keeps: (value, limit) => typeof value !== 'string' || [...value].length >= limit,
    inWords: (limit) => (limit === 1 ? 'not be empty' : `have at least ${limit} characters`),
  },
  minItems: {
    keeps: (value, limit) => !Array.isArray(value) || value.length >= limit,
    inWords: (limit) => `have at least ${items(limit)}`,
  },
  maxItems: {
    keeps: (value, limit) => !Array.isArray(value) || value.length <= limit,
    inWords: (limit) => `have at most ${items(limit)}`,
  },
}

/** A limit that a value exceeds, and the path of the value in the settings: `betas.1`. */
export interface Broken {
  readonly path: string
  readonly rule: string
  /** The percentage that a whole number in the place of a fraction means: 90 for `90%`. */
  readonly percent?: number
}

/** The limits that the values of settings exceed. */
export function brokenLimits(schema: SettingsSchema, values: JsonObject): Broken[] {
  const found: Broken[] = []
  for (const [name, value] of Object.entries(values)) {
    const setting = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
    if (setting !== undefined && value !== undefined) findBroken(setting, value, name, found)
  }
  return found
}

/** The limits of a setting with their rules; looking for all of them at each value took a tenth of the time of compiling. */
const limitsOf = new WeakMap<SettingSchema, readonly (readonly [LimitRule, number])[]>()

function limitsIn(setting: SettingSchema): readonly (readonly [LimitRule, number])[] {
  const known = limitsOf.get(setting)
  if (known !== undefined) return known
  const found = Object.entries(limits).flatMap(([name, rule]) => {
    const limit = setting[name as Limit]
    return limit === undefined ? [] : [[rule, limit] as const]
  })
  limitsOf.set(setting, found)
  return found
}

function findBroken(setting: SettingSchema, value: Json, path: string, found: Broken[]): void {
  for (const [{ keeps, inWords }, limit] of limitsIn(setting))
    if (!keeps(value, limit)) found.push({ path, rule: inWords(limit), ...percentOf(value, limit) })
  const { items: each } = setting
  if (each && Array.isArray(value))
    for (const [index, item] of value.entries()) findBroken(each, item, `${path}.${index}`, found)
}

/** The percentage that a value means which exceeds a limit of 1. */
function percentOf(value: Json, limit: number): { readonly percent?: number } {
  return limit === 1 && typeof value === 'number' && Number.isInteger(value) && value > 1 && value <= 100
    ? { percent: value }
    : {}
}

/** Whether all settings are within their limits; others are reported. */
export function checkRanges(
  env: Env,
  schema: SettingsSchema,
  values: JsonObject,
  path: string,
  spans: Readonly<Record<string, Span>>,
  otherwise: Span,
): boolean {
  const found = brokenLimits(schema, values)
  const lists = new Set<string>()
  for (const { path: place, rule, percent } of found) {
    const list = `${place.replace(/\.\d+$/, '')} ${rule}`
    // One message for the items of a list that break one rule.
    if (lists.has(list)) continue
    lists.add(list)
    const setting = path === '' ? place : `${path}.${place}`
    const span = spans[setting] ?? spans[setting.replace(/\.\d+$/, '')] ?? otherwise
    const help = percent === undefined ? {} : { help: `A fraction of ${percent} per cent is written \`${percent}%\`.` }
    report(env, outOfRange(span, { setting, rule, got: sourceOf(env, span) }, help))
  }
  return found.length === 0
}
