/** The types that a declaration can state for its parameters: `layers: count`, `scaling: "none" or "linear"`. */

import type { Span } from '../../grammar/span.ts'
import type { NumberLiteral, Parameter, StringLiteral, TypeExpression } from '../../grammar/syntax.ts'
import type { SettingSchema } from '../core/kind/setting.ts'

/** An argument, or a default, as a type sees it. `size`: a size that is known later; `other`: artefacts, lists, groups of values. */
export type GivenValue =
  | { readonly type: 'number'; readonly value: number; readonly unit?: NumberLiteral['unit'] }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'size' | 'tensor' | 'other' }

interface ParameterType {
  /** The type in a message: `a count, which is a whole number above 0`. */
  readonly inWords: string
  takes(given: GivenValue): boolean
  /** The same type as a setting has it, for completion in editors. */
  readonly schema: Omit<SettingSchema, 'description'>
  /** Whether only blocks take it. */
  readonly inBlocksOnly?: true
}

const plainUnits: ReadonlySet<string | undefined> = new Set([undefined, 'none', 'count', 'fraction'])

/** A type of numbers without a unit; counts have no `%`. */
const numbers = (inWords: string, fits: (value: number) => boolean, whole: boolean): ParameterType => ({
  inWords,
  takes: (given) =>
    given.type === 'number' &&
    plainUnits.has(given.unit) &&
    !(whole && given.unit === 'fraction') &&
    (!whole || Number.isInteger(given.value)) &&
    fits(given.value),
  schema: { type: whole ? 'integer' : 'number' },
})

const count = numbers('a count, which is a whole number above 0', (value) => value > 0, true)

const types = {
  count: { ...count, takes: (given) => given.type === 'size' || count.takes(given) },
  whole: numbers('a whole number of at least 0', (value) => value >= 0, true),
  number: numbers('a number', () => true, false),
  fraction: numbers('a fraction, which is a number from 0 to 1', (value) => value >= 0 && value <= 1, false),
  boolean: {
    inWords: 'true or false',
    takes: (given) => given.type === 'boolean',
    schema: { type: 'boolean' },
  },
  text: { inWords: 'a text', takes: (given) => given.type === 'text', schema: { type: 'string' } },
  bytes: {
    inWords: 'a number of bytes, such as `64KiB`',
    takes: (given) => given.type === 'number' && given.unit === 'bytes',
    schema: { type: 'integer', unit: 'bytes' },
  },
  time: {
    inWords: 'a time, such as `30min`',
    takes: (given) => given.type === 'number' && given.unit === 'seconds',
    schema: { type: 'number', unit: 'seconds' },
  },
  tensor: {
    inWords: 'a tensor',
    takes: (given) => given.type === 'tensor',
    schema: {},
    inBlocksOnly: true,
  },
} as const satisfies Readonly<Record<string, ParameterType>>

/** The names of all types; `block`: whether a block states them. */
export function typeNames(block: boolean): string[] {
  return Object.keys(types).filter((name) => block || (typeNamed(name)?.inBlocksOnly ?? false) === false)
}

function typeNamed(name: string): ParameterType | undefined {
  return Object.hasOwn(types, name) ? types[name as keyof typeof types] : undefined
}

/** The values that a type takes, in words; `undefined` for a name that is not a type. */
export function describeType(name: string): string | undefined {
  return typeNamed(name)?.inWords
}

/** The names of types in other languages. */
const elsewhere: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['int', 'integer', 'size', 'uint', 'positive', 'natural'].map((name) => [name, 'count'])),
  ...Object.fromEntries(['float', 'double', 'real', 'num', 'f32', 'decimal'].map((name) => [name, 'number'])),
  ...Object.fromEntries(['bool', 'flag', 'truth'].map((name) => [name, 'boolean'])),
  ...Object.fromEntries(['str', 'string', 'word', 'words', 'enum'].map((name) => [name, 'text'])),
  ...Object.fromEntries(['percent', 'percentage', 'probability', 'rate', 'ratio'].map((name) => [name, 'fraction'])),
  ...Object.fromEntries(['seconds', 'duration'].map((name) => [name, 'time'])),
  ...Object.fromEntries(['Tensor', 'array', 'matrix'].map((name) => [name, 'tensor'])),
}

/** The type that a name of another language means; `undefined` if none is known. */
export function typeMeantBy(name: string): string | undefined {
  return Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined
}

/** The texts that a type of choices names; `undefined` for another type. */
export function choicesOf(type: TypeExpression | undefined): string[] | undefined {
  return type?.type === 'choices' ? type.texts.map(textOf) : undefined
}

function textOf({ parts }: StringLiteral): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

/** Whether a type takes a value. A name that is not a type takes everything, since it was reported where it is declared. */
export function takes(type: TypeExpression, given: GivenValue): boolean {
  const choices = choicesOf(type)
  if (choices !== undefined) return given.type === 'text' && choices.includes(given.value)
  return typeNamed((type as { readonly name: string }).name)?.takes(given) ?? true
}

/** A type in the words of a message: `a count, which is a whole number above 0`, `"none" or "linear"`. */
export function typeInWords(type: TypeExpression): string {
  if (type.type === 'choices') return type.texts.map(({ text }) => text).join(' or ')
  return typeNamed(type.name)?.inWords ?? type.name
}

/** The schema of a setting that takes the same values; `undefined` for tensors, and for a name that is not a type. */
export function schemaOf(type: TypeExpression): SettingSchema | undefined {
  const choices = choicesOf(type)
  if (choices !== undefined) return { description: '', enum: choices }
  const found = typeNamed((type as { readonly name: string }).name)
  if (found === undefined || found.inBlocksOnly) return undefined
  return { description: `${found.inWords[0]?.toUpperCase()}${found.inWords.slice(1)}.`, ...found.schema }
}

/** A value in the words of a message: `2.5`, `"fast"`; `undefined` for a value that is not plain. */
export function givenInWords(given: GivenValue): string | undefined {
  switch (given.type) {
    case 'number':
    case 'boolean':
      return String(given.value)
    case 'text':
      return JSON.stringify(given.value)
    default:
      return undefined
  }
}

/** The note of a diagnostic at the type that a parameter states; none if the diagnostic is in the same parameter. */
export function declaredAt({ name, of, span }: Parameter, at: Span): readonly { span: Span; label: string }[] {
  if (of === undefined || (at.file === span.file && at.start >= span.start && at.end <= span.end)) return []
  return [{ span: { ...name.span, end: of.span.end }, label: 'the type is stated here' }]
}
