/** The settings of all kinds as one JSON Schema (draft 2020-12), for editors, generators and assistants. */

import type { StageKind } from '../../core/kind/kind.ts'
import type { SettingSchema, SettingsSchema } from '../../core/kind/setting.ts'
import type { Json } from '../../core/values/json.ts'

type Schema = Readonly<Record<string, Json>>

/** A schema with a definition for each kind: the settings of a call, as `plan --json` has them in `params` and `hints`. */
export function jsonSchemaOf(kinds: readonly StageKind[], version: string): Schema {
  const definitions = kinds.map((kind) => [kind.name, schemaOfKind(kind)] as const)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $comment: `llmpipe ${version}`,
    title: 'Settings of llmpipe stages',
    $defs: Object.fromEntries(definitions),
  }
}

function schemaOfKind({ summary, settings, inputs, positional, rest }: StageKind): Schema {
  const artefacts = Object.entries(inputs).map(([role, { kinds, description, list = false, optional = false }]) => {
    return [role, { kinds: [...kinds], description, list, optional }] as const
  })
  return {
    description: summary,
    ...schemaOfGroup(settings),
    'x-inputs': Object.fromEntries(artefacts),
    'x-positional': [...positional],
    ...(rest === undefined ? {} : { 'x-rest': rest }),
  }
}

function schemaOfGroup({ properties }: SettingsSchema, call?: string): Schema {
  const values = Object.entries(properties).filter(([, schema]) => schema.input === undefined)
  const isNeeded = ({ default: value, optional, hint }: SettingSchema) => value === undefined && !optional && !hint
  const required = values.flatMap(([name, schema]) => (isNeeded(schema) ? [name] : []))
  const own = Object.fromEntries(values.map(([name, schema]) => [name, schemaOfSetting(schema)]))
  return {
    type: 'object',
    properties: call === undefined ? own : { call: { const: call }, ...own },
    required: call === undefined ? required : ['call', ...required],
    additionalProperties: false,
  }
}

/** The keywords that mean the same in JSON Schema. */
const shared = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'minItems',
  'maxItems',
] as const satisfies readonly (keyof SettingSchema)[]

function schemaOfSetting(schema: SettingSchema): Schema {
  const { description, default: value, unit } = schema
  const limits = shared.flatMap((keyword) =>
    schema[keyword] === undefined ? [] : [[keyword, schema[keyword]] as const],
  )
  return {
    ...(description === '' ? {} : { description }),
    ...valuesOf(schema),
    ...Object.fromEntries(limits),
    ...(value === undefined ? {} : { default: value }),
    ...(unit === undefined ? {} : { 'x-unit': unit }),
    ...(schema.hint ? { 'x-hint': true } : {}),
  }
}

/** The values that a setting takes. */
function valuesOf(schema: SettingSchema): Schema {
  const { type, enum: words, calls, items, files, expression, orString } = schema
  if (files) return { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }
  if (expression) return { 'x-expression': expression }
  const groups = Object.entries(calls ?? {}).map(
    ([name, group]): Schema => ({
      ...(group.description === undefined ? {} : { description: group.description }),
      ...schemaOfGroup(group, name),
    }),
  )
  const others: Schema[] = [
    ...(words === undefined ? [] : [{ enum: [...words] }]),
    ...(orString ? [{ type: 'string' }] : []),
    ...(words === undefined && type !== undefined
      ? [{ type, ...(items === undefined ? {} : { items: schemaOfSetting(items) }) }]
      : []),
  ]
  const all = [...others, ...groups]
  if (all.length > 1) return { anyOf: all }
  return all[0] ?? {}
}
