/** Stage kinds and groups of values as callees: their parameters, and the messages if one is missing or unknown. */

import type { StageKind } from '../../../core/kind/kind.ts'
import type { InputSpec, SettingSchema, SettingsSchema } from '../../../core/kind/setting.ts'
import type { Callee, Formal } from '../../arguments.ts'
import { missingInput } from '../../messages/artefacts.generated.ts'
import { settingElsewhere } from '../../messages/habits.ts'
import { didYouMean } from '../../messages/more.ts'
import { missingSetting } from '../../messages/settings.generated.ts'

/** If there are more names than this, the help refers to the command that lists them. */
const maxListed = 12

const callees = new WeakMap<StageKind, Callee>()

export function calleeOf(kind: StageKind): Callee {
  const known = callees.get(kind) ?? makeCallee(kind)
  callees.set(kind, known)
  return known
}

function makeCallee(kind: StageKind): Callee {
  const { name, positional, rest, inputs, settings } = kind
  return {
    name,
    formals: [
      ...Object.entries(inputs).map(([role, spec]) => inputFormal(name, role, spec)),
      ...Object.entries(settings.properties).map(([setting, schema]) => settingFormal(name, setting, schema)),
    ],
    positional,
    rest,
    most: byPosition(positional.length),
    unknown(setting, known) {
      const elsewhere = settingElsewhere(name, setting, settings.properties)
      if (elsewhere !== undefined) {
        const { help, meant, fix } = elsewhere
        return { more: { help, ...(fix === undefined ? {} : { fix }) }, meant }
      }
      const list = `\`llmpipe kinds ${name}\` lists its settings.`
      return { more: didYouMean(setting, known, known.length > maxListed ? list : undefined) }
    },
  }
}

/** A group of values, such as `adamw(lr: 1e-3)`, as a callee. */
export function calleeOfGroup(name: string, { properties, positional = [] }: SettingsSchema): Callee {
  return {
    name,
    formals: Object.entries(properties).map(([setting, schema]) => settingFormal(name, setting, schema)),
    positional,
    most: positional.length === 0 ? 'named settings only' : byPosition(positional.length),
  }
}

function byPosition(count: number): string {
  if (count === 0) return 'no arguments by position'
  return count === 1 ? '1 argument by position' : `${count} arguments by position`
}

function inputFormal(callee: string, role: string, { optional, description }: InputSpec): Formal {
  return optional ? { name: role } : { name: role, missing: (at) => missingInput(at, { callee, role, description }) }
}

function settingFormal(callee: string, name: string, schema: SettingSchema): Formal {
  if (schema.default !== undefined || (schema.input ?? schema).optional) return { name }
  return { name, missing: (at) => missingSetting(at, { callee, setting: name, description: schema.description }) }
}
