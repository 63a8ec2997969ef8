/** The definition of a custom stage, and its check. All of it but `run` is plain JSON. */

import { Ajv, type ErrorObject } from 'ajv'
import { nearest } from '../../grammar/nearest.ts'
import type { ArtefactKind } from '../core/artefact.ts'
import type { Resources } from '../core/kind/resources.ts'
import type { InputSpec, SettingSchema } from '../core/kind/setting.ts'

export type OutputDefinition = ArtefactKind | { readonly like: string }

/** The part of a definition that is JSON. */
export interface Description extends Partial<Resources> {
  readonly summary: string
  readonly documentation?: string
  readonly inputs?: Readonly<Record<string, InputSpec>>
  readonly settings?: Readonly<Record<string, SettingSchema>>
  readonly positional?: readonly string[]
  readonly output?: OutputDefinition
  readonly outputs?: Readonly<Record<string, OutputDefinition>>
}

export interface Definition extends Description {
  /** llmpipe.d.ts has the type that the author of the stage sees. */
  run(stage: object): unknown
}

const records = ['Docs', 'Pairs', 'Prompts', 'Answers', 'Rankings']
/** The kinds of artefacts that custom stages can take. */
const taken = [...records, 'Report', 'Files', 'Classifier', 'Tokens', 'Tokenizer', 'Weights', 'Reward']
/** The kinds that they can make. The others belong to a tokenizer or a model, and can only be made `like` an input. */
const made = [...records, 'Report', 'Files']

const limits = Object.fromEntries(
  ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map((name) => [name, { type: 'number' }]),
)
const lengths = Object.fromEntries(
  ['minLength', 'minItems', 'maxItems'].map((name) => [name, { type: 'integer', minimum: 0 }]),
)
const value = {
  type: { enum: ['integer', 'number', 'string', 'boolean', 'array'] },
  description: { type: 'string', minLength: 1 },
  enum: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^[a-z_][a-z0-9_]*$' } },
  unit: { enum: ['count', 'fraction', 'bytes', 'seconds'] },
  ...limits,
  ...lengths,
}
const { description, ...item } = value
const object = (properties: object, required: readonly string[]) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const named = (schema: object) => ({
  type: 'object',
  propertyNames: { pattern: '^[a-z][a-z0-9_]*$' },
  additionalProperties: schema,
})
const output = {
  if: { type: 'object' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: object({ like: { type: 'string' } }, ['like']),
  else: { enum: made },
}

const schema = {
  ...object(
    {
      summary: { type: 'string', minLength: 1 },
      documentation: { type: 'string' },
      inputs: named(
        object(
          {
            kinds: { type: 'array', minItems: 1, items: { enum: taken } },
            description,
            optional: { const: true },
            list: { const: true },
          },
          ['kinds', 'description'],
        ),
      ),
      settings: named(
        object(
          {
            ...value,
            default: {},
            optional: { const: true },
            items: object(item, ['type']),
            hint: { const: true },
            files: { const: true },
          },
          ['type', 'description'],
        ),
      ),
      positional: { type: 'array', uniqueItems: true, items: { type: 'string' } },
      cpus: { type: 'integer', minimum: 1 },
      memory: { type: 'integer', minimum: 1 },
      gpus: { type: 'integer', minimum: 0 },
      output,
      outputs: { ...named(output), minProperties: 1 },
      run: {},
    },
    ['summary', 'run'],
  ),
}

/** The error in a definition, as a sentence; `undefined` if it is correct. `common` names the settings that all stages have. */
export function problemIn(definition: object, common: readonly string[]): string | undefined {
  const validate = new Ajv({ strict: false, verbose: true }).compile(schema)
  if (!validate({ ...definition })) return inWords(validate.errors?.[0])
  const { inputs = {}, settings = {}, positional = [], output: one, outputs, run } = definition as Definition
  if (typeof run !== 'function') return '`run` is not a function.'
  if ((one === undefined) === (outputs === undefined))
    return 'it needs `output`, or `outputs` if it makes several artefacts; not both.'
  const known = [...Object.keys(inputs), ...Object.keys(settings)]
  const twice = Object.keys(settings).find((name) => Object.hasOwn(inputs, name))
  if (twice !== undefined) return `\`${twice}\` is an input and a setting.`
  const reserved = known.find((name) => common.includes(name))
  if (reserved !== undefined) return `\`${reserved}\` is a setting that every stage has; give yours another name.`
  const stray = positional.find((name) => !known.includes(name))
  if (stray !== undefined) return `\`positional\` names \`${stray}\`, which is neither an input nor a setting.`
  for (const each of one === undefined ? Object.values(outputs ?? {}) : [one]) {
    const spec = typeof each === 'string' ? undefined : inputs[each.like]
    if (typeof each !== 'string' && (spec === undefined || spec.optional || spec.list))
      return `an output is like \`${each.like}\`, which is not an input that every call has exactly once.`
  }
  return settingProblem(settings)
}

function settingProblem(settings: NonNullable<Description['settings']>): string | undefined {
  for (const [name, { type, default: byDefault, optional, items, files, enum: members }] of Object.entries(settings)) {
    const at = `\`settings.${name}\``
    if (byDefault !== undefined && optional) return `${at} has a default, and so is never absent: remove \`optional\`.`
    if (files && (byDefault !== undefined || type !== 'string'))
      return `${at} names files: its type is string, without a default.`
    if (type === 'array' && items === undefined && !files) return `${at} is a list: describe its elements in \`items\`.`
    if (byDefault === undefined) continue
    const fits =
      type === 'integer'
        ? Number.isInteger(byDefault)
        : type === 'array'
          ? Array.isArray(byDefault)
          : typeof byDefault === type && (members === undefined || members.includes(String(byDefault)))
    if (!fits)
      return `the default of ${at} is ${JSON.stringify(byDefault)}, which is not a value that the setting can have.`
  }
  return undefined
}

/** An error of ajv as a sentence that names the field. */
function inWords(error: ErrorObject | undefined): string {
  const path = (error?.instancePath ?? '').slice(1).replaceAll('/', '.')
  const at = path === '' ? 'it' : `\`${path}\``
  const { keyword, params = {}, propertyName } = error ?? {}
  switch (keyword) {
    case 'additionalProperties': {
      const given = String(params.additionalProperty)
      const near = nearest(given, Object.keys((error?.parentSchema as { properties?: object })?.properties ?? {}))
      return `${at} has no field \`${given}\`${near === undefined ? '.' : `; did you mean \`${near}\`?`}`
    }
    case 'required':
      return `${at} needs a field \`${params.missingProperty}\`.`
    case 'enum':
      return `${at} must be one of ${(params.allowedValues as readonly string[]).join(', ')}.`
    case 'pattern':
      return `${propertyName === undefined ? at : `the name \`${propertyName}\``} must have small letters, digits and \`_\` only.`
    case 'const':
      return `${at} must be \`true\` or left out.`
    default:
      return `${at} ${error?.message ?? 'is wrong'}.`
  }
}
