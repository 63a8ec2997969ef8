/** Everything that can be called, with its parameters as people read them: for completion, signatures and hovers. */

import type { Parameter } from '../../grammar/syntax.ts'
import type { StageKind } from '../core/kind/kind.ts'
import type { InputSpec, SettingSchema, SettingsSchema } from '../core/kind/setting.ts'
import type { Json } from '../core/values/json.ts'
import { numberFunctions } from '../core/values/number-functions.ts'
import { expectedInWords } from '../language/2-check/values/values.ts'
import { isOptional, type Primitive, restOf } from '../language/3-elaborate/primitives/primitive.ts'
import { inits, primitives } from '../language/3-elaborate/primitives.ts'
import { schemaOf } from '../language/parameter-types.ts'
import type { NameSymbol } from './names/symbol.ts'

export interface Callable {
  readonly name: string
  readonly doc?: string
  readonly parameters: readonly CallableParameter[]
  /** The parameters that positional arguments fill, in order. */
  readonly positional: readonly string[]
  /** The parameter that takes all further positional arguments. */
  readonly rest?: string
  /** Whether the first positional argument may be a group of the same name, whose values the call takes over. */
  readonly inherits?: true
}

export interface CallableParameter {
  readonly name: string
  /** `lr: a number = 0.001`. */
  readonly label: string
  readonly doc?: string
  readonly isRequired: boolean
  readonly schema?: SettingSchema
  readonly input?: InputSpec
  /** The words that it takes, if it takes words only. */
  readonly words?: readonly string[]
}

const kinds = new WeakMap<StageKind, Callable>()

export function kindAsCallable(kind: StageKind): Callable {
  const known = kinds.get(kind) ?? ofKind(kind)
  kinds.set(kind, known)
  return known
}

function ofKind(kind: StageKind): Callable {
  const inputs = Object.entries(kind.inputs).map(([name, input]) => inputParameter(name, input))
  const { positional, rest } = kind
  return {
    name: kind.name,
    doc: kind.summary,
    parameters: [...inputs, ...settingParameters(kind.settings)],
    positional,
    ...(rest === undefined ? {} : { rest }),
  }
}

export function groupAsCallable(name: string, settings: SettingsSchema): Callable {
  const { description, positional = [] } = settings
  return {
    name,
    ...(description === undefined ? {} : { doc: description }),
    parameters: settingParameters(settings),
    positional,
    inherits: true,
  }
}

/** `undefined` for a symbol that cannot be called. `text`: the source of the module that declares it. */
export function symbolAsCallable(symbol: NameSymbol, text: string): Callable | undefined {
  const { declaration, doc } = symbol.original ?? symbol
  if (declaration === undefined) return undefined
  if (!['op', 'function', 'filter', 'block', 'model'].includes(declaration.type) || !('parameters' in declaration))
    return undefined
  const { parameters } = declaration
  return {
    name: symbol.name,
    ...(doc === undefined ? {} : { doc }),
    parameters: parameters.map((parameter) => ({
      name: parameter.name.name,
      label: sourceOf(parameter, text),
      isRequired: parameter.default === undefined,
      ...schemaIn(parameter),
    })),
    positional: parameters.map(({ name }) => name.name),
  }
}

/** The type that a parameter states, as a setting has it. */
function schemaIn({ of }: Parameter): Pick<CallableParameter, 'schema'> {
  const schema = of && schemaOf(of)
  return schema === undefined ? {} : { schema }
}

/** A part of architectures; `undefined` if none has this name. */
export function primitiveAsCallable(name: string): Callable | undefined {
  const primitive = own(primitives, name)
  if (primitive !== undefined) return ofPrimitive(name, primitive)
  const numbers = own(numberFunctions, name)
  const takes = numbers?.takes ?? (own(inits, name) === undefined ? undefined : 1)
  if (takes === undefined) return undefined
  const names = ['a', 'b'].slice(0, takes)
  return {
    name,
    doc: numbers === undefined ? 'Initializes weights.' : numbers.description,
    parameters: names.map((each) => ({ name: each, label: each, isRequired: true })),
    positional: names,
  }
}

/** The parameter that an argument goes to: by its name, or else by its position, counted from 0 with the piped argument. */
export function parameterFor(callable: Callable, name: string | undefined, position: number) {
  const { parameters, positional, rest } = callable
  const wanted = name ?? positional[position] ?? rest
  return parameters.find((each) => each.name === wanted)
}

/** The names of all parts of architectures. */
export function primitiveNames(): readonly string[] {
  return [...new Set([...Object.keys(primitives), ...Object.keys(numberFunctions), ...Object.keys(inits)])]
}

function ofPrimitive(name: string, { summary, parameters }: Primitive): Callable {
  const rest = restOf(parameters)
  return {
    name,
    doc: summary,
    parameters: parameters.map((parameter) => ({
      name: parameter.name,
      label: `${parameter.name}: ${parameter.words?.join(' or ') ?? parameter.type}`,
      isRequired: !isOptional(parameter),
      ...(parameter.words === undefined ? {} : { words: parameter.words }),
    })),
    positional: parameters.map((parameter) => parameter.name),
    ...(rest === undefined ? {} : { rest }),
  }
}

function inputParameter(name: string, input: InputSpec): CallableParameter {
  const kinds = input.kinds.join(' or ')
  const doc = input.description
  return { name, label: `${name}: ${kinds}${input.list ? ', several' : ''}`, doc, isRequired: !input.optional, input }
}

function settingParameters({ properties }: SettingsSchema): CallableParameter[] {
  return Object.entries(properties).map(([name, schema]) => {
    if (schema.input !== undefined) return { ...inputParameter(name, schema.input), schema }
    const usual = schema.default === undefined ? '' : ` = ${valueInWords(schema.default)}`
    const isRequired = schema.default === undefined && schema.optional !== true
    return { name, label: `${name}: ${expectedInWords(schema)}${usual}`, doc: schema.description, isRequired, schema }
  })
}

/** A default value as one writes it in a program. */
export function valueInWords(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(valueInWords).join(', ')}]`
  if (value !== null && typeof value === 'object') {
    const { call, ...rest } = value as { readonly call?: Json } & Record<string, Json>
    const entries = Object.entries(rest).map(([name, each]) => `${name}: ${valueInWords(each)}`)
    return typeof call === 'string' ? `${call}(${entries.join(', ')})` : `{${entries.join(', ')}}`
  }
  return JSON.stringify(value)
}

function sourceOf({ span }: Parameter, text: string): string {
  return text.slice(span.start, span.end).replace(/\s+/g, ' ')
}

function own<V>(table: Readonly<Record<string, V>>, name: string): V | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
