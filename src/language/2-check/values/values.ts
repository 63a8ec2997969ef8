/** The values of expressions when the program is compiled: plain values, artefacts that stages will make, or unknown. */

import type { Span } from '../../../../grammar/span.ts'
import type { CallExpression, NumberLiteral } from '../../../../grammar/syntax.ts'
import type { ArtefactKind, ArtefactType } from '../../../core/artefact.ts'
import type { SettingSchema } from '../../../core/kind/setting.ts'
import type { Json } from '../../../core/values/json.ts'
import type { ValueRef } from '../../program.ts'
import type { Env, Row } from '../env.ts'

export type Unit = NumberLiteral['unit']

export type Value =
  | { readonly type: 'number'; readonly value: number; readonly unit: Unit }
  /** `base`: the folder that a path in the text is relative to, relative to the program's folder. */
  | { readonly type: 'string'; readonly value: string; readonly base: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'list'; readonly items: readonly Value[]; readonly spans: readonly Span[] }
  | { readonly type: 'range'; readonly from: Value; readonly to: Value }
  /** The size of a tokenizer that a stage will train. */
  | { readonly type: 'size'; readonly tokenizer: string; readonly name: string }
  /** A group of values, `adamw(lr: 1e-3)`, as it is written: its meaning depends on the setting that takes it. */
  | { readonly type: 'group'; readonly call: CallExpression; readonly env: Env }
  | { readonly type: 'artefact'; readonly ref: ValueRef; readonly artefact: ArtefactType }
  | {
      readonly type: 'model'
      readonly digest: string
      readonly name: string
      readonly arguments: Readonly<Record<string, Json>>
      readonly artefact: ArtefactType
    }
  | Variants
  /** The value of an expression with an error, which was reported. */
  | { readonly type: 'unknown' }

/** The value of a name outside of the `for` that binds it: its variants, in the order of their values. */
export interface Variants {
  readonly type: 'variants'
  readonly name: string
  /** The variables in which the variants differ. */
  readonly variables: readonly string[]
  readonly members: readonly {
    /** `base[lr=3e-4, layers=2]`. */
    readonly name: string
    readonly row: Row
    readonly value: Value
  }[]
}

export const unknown: Value = { type: 'unknown' }

const articles: Readonly<Record<ArtefactKind, string>> = {
  Docs: 'documents (Docs)',
  Pairs: 'prompts with responses (Pairs)',
  Prompts: 'prompts (Prompts)',
  Answers: 'answers (Answers)',
  Rankings: 'rankings (Rankings)',
  Report: 'a report (Report)',
  Files: 'files (Files)',
  Classifier: 'a classifier (Classifier)',
  Tokens: 'tokens (Tokens)',
  Tokenizer: 'a tokenizer (Tokenizer)',
  Model: 'a model (Model)',
  Weights: 'trained weights (Weights)',
  Reward: 'a reward model (Reward)',
}

export function kindInWords(kind: ArtefactKind): string {
  return articles[kind]
}

const units: Readonly<Record<Unit, string>> = {
  none: 'a number',
  count: 'a count',
  fraction: 'a fraction',
  bytes: 'a number of bytes',
  seconds: 'a time',
}

export function unitInWords(unit: Unit): string {
  return units[unit]
}

/** A value in words for messages: `a number of bytes`, `documents (Docs)`. */
export function inWords(value: Value): string {
  switch (value.type) {
    case 'number':
      return units[value.unit]
    case 'string':
      return 'a text'
    case 'boolean':
      return 'a truth value'
    case 'list':
      return 'a list'
    case 'range':
      return 'a range'
    case 'size':
      return 'the size of a tokenizer yet to be trained'
    case 'group':
      return `a group of values, \`${value.call.callee.name}(…)\``
    case 'artefact':
    case 'model':
      return kindInWords(value.artefact.kind)
    case 'variants':
      return `the ${value.members.length} variants of \`${value.name}\``
    case 'unknown':
      return 'unknown'
  }
}

/** A plain value as JSON; `undefined` for any other value. */
export function toJson(value: Value): Json | undefined {
  switch (value.type) {
    case 'number':
    case 'string':
    case 'boolean':
      return value.value
    case 'list': {
      const items = value.items.map(toJson)
      return items.every((item) => item !== undefined) ? (items as Json[]) : undefined
    }
    default:
      return undefined
  }
}

/** The values that a setting takes, in words: `a whole number`, `one of exact, minhash`. */
export function expectedInWords(schema: SettingSchema): string {
  const groups = Object.keys(schema.calls ?? {}).map((name) => `${name}(…)`)
  const words = [...(schema.enum ?? []), ...groups]
  if (words.length > 0) return `one of ${words.join(', ')}${schema.orString ? ' or a text' : ''}`
  switch (schema.type) {
    case 'integer':
      return schema.unit === 'bytes' || schema.unit === 'seconds' ? unitInWords(schema.unit) : 'a whole number'
    case 'number':
      return schema.unit === undefined ? 'a number' : unitInWords(schema.unit)
    case 'string':
      return schema.template ? 'a template' : 'a text'
    case 'boolean':
      return 'true or false'
    case 'array':
      return 'a list'
    default:
      return schema.expression ? 'a condition' : 'a value'
  }
}
