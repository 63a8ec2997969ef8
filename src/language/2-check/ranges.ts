/** Least and greatest values, lengths and patterns: checked by ajv on the finished settings, told at their source. */

import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { Span } from '../../../grammar/span.ts'
import type { JsonObject } from '../../core/json.ts'
import type { SettingSchema, SettingsSchema } from '../../core/kind.ts'
import { outOfRange } from '../messages/settings.generated.ts'
import { type Env, report, sourceOf } from './env.ts'

const limits = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'minItems',
  'maxItems',
  'pattern',
] as const

let ajv: Ajv | undefined
const validators = new WeakMap<SettingsSchema, ValidateFunction | 'nothing to check'>()

/** Whether the settings keep their limits; those that do not are reported. */
export function checkRanges(
  env: Env,
  schema: SettingsSchema,
  values: JsonObject,
  path: string,
  spans: Readonly<Record<string, Span>>,
  otherwise: Span,
): boolean {
  const validate = validatorOf(schema)
  if (validate === 'nothing to check' || validate(values)) return true
  for (const error of validate.errors ?? []) {
    const parts = error.instancePath.split('/').slice(1)
    const setting = [...(path === '' ? [] : [path]), ...parts].join('.')
    const span = spans[setting] ?? spans[setting.replace(/\.\d+$/, '')] ?? otherwise
    report(env, outOfRange(span, { setting, rule: ruleInWords(error), got: sourceOf(env, span) }))
  }
  return false
}

/** Validators are made for the kinds that a program calls, when it calls them: ajv compiles each to a function. */
function validatorOf(schema: SettingsSchema): ValidateFunction | 'nothing to check' {
  let validator = validators.get(schema)
  if (validator === undefined) {
    const properties: Record<string, object> = {}
    for (const [name, setting] of Object.entries(schema.properties)) {
      const limited = limitsOf(setting)
      if (limited) properties[name] = limited
    }
    if (Object.keys(properties).length === 0) validator = 'nothing to check'
    else {
      ajv ??= new Ajv({ allErrors: true, meta: false, validateSchema: false, addUsedSchema: false, strict: false })
      validator = ajv.compile({ type: 'object', properties })
    }
    validators.set(schema, validator)
  }
  return validator
}

/** The part of a setting's schema that limits its values; types and choices have been checked before. */
function limitsOf(setting: SettingSchema): object | undefined {
  const limited: Record<string, unknown> = {}
  for (const limit of limits) {
    const value = (setting as unknown as Readonly<Record<string, unknown>>)[limit]
    if (value !== undefined) limited[limit] = value
  }
  const items = setting.items && limitsOf(setting.items)
  if (items) limited.items = items
  return Object.keys(limited).length === 0 ? undefined : limited
}

function ruleInWords({ keyword, params }: ErrorObject): string {
  const limit = String(params.limit)
  switch (keyword) {
    case 'minimum':
      return `be at least ${limit}`
    case 'maximum':
      return `be at most ${limit}`
    case 'exclusiveMinimum':
      return `be more than ${limit}`
    case 'exclusiveMaximum':
      return `be less than ${limit}`
    case 'minLength':
      return limit === '1' ? 'not be empty' : `have at least ${limit} characters`
    case 'minItems':
      return `have at least ${limit} item${limit === '1' ? '' : 's'}`
    case 'maxItems':
      return `have at most ${limit} item${limit === '1' ? '' : 's'}`
    default:
      return `match ${String(params.pattern)}`
  }
}
