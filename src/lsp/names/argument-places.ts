/** The settings, inputs and parameters that the arguments of a call go to. */

import type { Argument, CallExpression, Declaration, Parameter } from '../../../grammar/syntax.ts'
import type { StageKind } from '../../core/kind/kind.ts'
import type { InputSpec, SettingSchema, SettingsSchema } from '../../core/kind/setting.ts'

/** The setting or the input that takes an argument. */
export interface Place {
  readonly name: string
  readonly schema?: SettingSchema
  readonly input?: InputSpec
}

export interface Places {
  named(name: string): Place | undefined
  /** The place of a positional argument, counted from 0 with the piped one. */
  at(position: number): Place | undefined
}

export function placesOfKind({ inputs, settings, positional, rest }: StageKind): Places {
  const named = (name: string): Place | undefined => {
    const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined
    return input === undefined ? settingNamed(settings, name) : { name, input }
  }
  const ofRest = rest === undefined ? undefined : named(rest)
  const item = ofRest?.schema?.items
  return {
    named,
    at(position) {
      const name = positional[position]
      if (name !== undefined && name !== rest) return named(name)
      return item === undefined || ofRest === undefined ? ofRest : { ...ofRest, schema: item }
    },
  }
}

export function placesOfGroup(settings: SettingsSchema): Places {
  return {
    named: (name) => settingNamed(settings, name),
    at(position) {
      const name = settings.positional?.[position]
      return name === undefined ? undefined : settingNamed(settings, name)
    },
  }
}

function settingNamed({ properties }: SettingsSchema, name: string): Place | undefined {
  const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
  if (schema === undefined) return undefined
  return schema.input === undefined ? { name, schema } : { name, schema, input: schema.input }
}

/** The arguments of a call of `declaration`, each with its parameter. The documents that a filter takes are not among its parameters. */
export function ownPlaces(
  { arguments: inside, block = [] }: CallExpression,
  declaration: Declaration | undefined,
  piped: boolean,
): { readonly argument: Argument; readonly parameter: Parameter | undefined }[] {
  const parameters = declaration !== undefined && 'parameters' in declaration ? declaration.parameters : []
  let position = (piped ? 1 : 0) - (declaration?.type === 'filter' ? 1 : 0)
  return [...inside, ...block].map((argument) => {
    const { name } = argument
    const named = parameters.find((each) => each.name.name === name?.name)
    return { argument, parameter: name === undefined ? parameters[position++] : named }
  })
}
