/** The reference of a stage kind as Markdown, made from the schema by which its calls are checked. */

import type { StageKind } from '../../core/kind/kind.ts'
import type { InputSpec, SettingSchema, SettingsSchema } from '../../core/kind/setting.ts'
import type { Json } from '../../core/values/json.ts'
import { executionSettings } from '../../stages/shared/execution-settings.ts'

type Described = Pick<
  StageKind,
  'name' | 'summary' | 'documentation' | 'inputs' | 'settings' | 'positional' | 'rest' | 'version'
>

/** The page of a stage kind: name, call, inputs and settings. */
export function referenceOf(whole: Described): string {
  const kind = { ...whole, settings: ownSettings(whole.settings) }
  const parts = [`# ${kind.name}`, kind.summary, ['```', signature(kind), '```'].join('\n')]
  if (kind.documentation) parts.push(kind.documentation.trim())
  const inputs = Object.entries(kind.inputs).map(
    ([role, spec]) => `- \`${role}\` (${kindsInWords(spec)}): ${spec.description}`,
  )
  if (inputs.length > 0) parts.push('## Inputs', inputs.join('\n'))
  const settings = settingLines(kind.settings, '')
  const common =
    kind.settings === whole.settings ? [] : [`- ${commonNames}: how the stage is run; every stage has these`]
  if (settings.length > 0 || common.length > 0) parts.push('## Settings', [...settings, ...common].join('\n'))
  return `${parts.join('\n\n')}\n`
}

const commonNames = Object.keys(executionSettings)
  .map((name) => `\`${name}\``)
  .join(', ')

/** The settings of a kind without those that every stage has. */
function ownSettings(settings: SettingsSchema): SettingsSchema {
  const own = Object.entries(settings.properties).filter(
    ([, schema]) => !Object.values(executionSettings).includes(schema),
  )
  return own.length === Object.keys(settings.properties).length
    ? settings
    : { ...settings, properties: Object.fromEntries(own) }
}

/** The settings that every stage has, as list items. */
export function commonSettings(): string {
  return settingLines({ properties: executionSettings }, '').join('\n')
}

function signature({ name, positional, rest, inputs, settings }: Described): string {
  const places = positional.map((each) => (isOptional(each) ? `[${each}]` : each))
  if (rest !== undefined && !positional.includes(rest)) places.push(`${rest}…`)
  const named = [...Object.keys(inputs), ...Object.keys(settings.properties)]
    .filter((each) => !positional.includes(each) && each !== rest)
    .map((each) => (isOptional(each) ? `[${each}: …]` : `${each}: …`))
  return `${name}(${[...places, ...named].join(', ')})`

  function isOptional(each: string): boolean {
    const setting = settings.properties[each]
    if (setting) return setting.default !== undefined || setting.optional === true
    return inputs[each]?.optional === true
  }
}

/** Settings as list items, with the settings of their groups below them. */
export function settingLines(settings: SettingsSchema, indent: string): string[] {
  return Object.entries(settings.properties).flatMap(([name, setting]) => [
    `${indent}- \`${name}\` (${sortOf(setting)}): ${setting.description}`,
    ...Object.entries(setting.calls ?? {}).flatMap(([call, schema]) => [
      `${indent}  - \`${call}(…)\`${schema.description ? `: ${schema.description}` : ''}`,
      ...settingLines(schema, `${indent}    `),
    ]),
  ])
}

function kindsInWords({ kinds, list, optional }: InputSpec): string {
  return `${kinds.join(' or ')}${list ? ', several' : ''}${optional ? ', optional' : ''}`
}

function sortOf(setting: SettingSchema): string {
  if (setting.input) return kindsInWords(setting.input)
  const sorts = [
    setting.enum ? setting.enum.map((each) => `\`${each}\``).join(' or ') : '',
    setting.orString ? 'or a string' : '',
    setting.expression ? `a ${setting.expression} over metrics of a document` : '',
    setting.within ? 'the path of a folder' : setting.files ? 'paths or patterns of files' : '',
    setting.calls ? `one of ${Object.keys(setting.calls).join(', ')}` : '',
    !setting.enum && setting.type ? typeInWords(setting) : '',
    setting.unit && setting.unit !== 'count' ? `in ${setting.unit}` : '',
    limits(setting),
    setting.default === undefined
      ? setting.optional
        ? 'optional'
        : 'required'
      : `default ${inWords(setting.default)}`,
  ]
  return sorts.filter((each) => each !== '').join(', ')
}

function typeInWords({ type, items }: SettingSchema): string {
  if (type !== 'array') return type ?? ''
  return items?.enum
    ? `list of ${items.enum.map((each) => `\`${each}\``).join(', ')}`
    : `list of ${items?.type ?? 'value'}s`
}

function limits({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SettingSchema): string {
  const bounds = [
    minimum === undefined ? '' : `≥ ${minimum}`,
    exclusiveMinimum === undefined ? '' : `> ${exclusiveMinimum}`,
    maximum === undefined ? '' : `≤ ${maximum}`,
    exclusiveMaximum === undefined ? '' : `< ${exclusiveMaximum}`,
  ]
  return bounds.filter((each) => each !== '').join(' and ')
}

/** A default value as one writes it in a program. */
function inWords(value: Json): string {
  if (value !== null && typeof value === 'object' && !Array.isArray(value) && 'call' in value) {
    const { call, ...given } = value as { readonly call: string } & Record<string, Json>
    return `\`${call}(${Object.entries(given)
      .map(([name, each]) => `${name}: ${JSON.stringify(each)}`)
      .join(', ')})\``
  }
  return `\`${JSON.stringify(value)}\``
}
