/**
 * The inputs and settings of a stage kind, as data: the checker, the reference, completion and error messages read them. The settings
 * are JSON Schema with annotations of llmpipe's.
 */

import type { ArtefactKind } from '../artefact.ts'
import type { MetricSpec } from '../expression.ts'
import type { Json } from '../values/json.ts'

/** One setting. */
export interface SettingSchema {
  readonly type?: 'integer' | 'number' | 'string' | 'boolean' | 'array'
  /** One sentence, for the reference, completion and error messages. */
  readonly description: string
  /** The value if a call does not give the setting. A setting without a default is required, unless it is `optional`. */
  readonly default?: Json
  readonly optional?: true
  /**
   * With `default`: the default is left out of params, even if it is written. A kind that gains such a setting keeps the keys of
   * all calls that leave it at its default.
   */
  readonly keepsKeys?: true
  /** The possible values, written as bare words. */
  readonly enum?: readonly string[]
  /** With `enum`: any quoted string is accepted too (`pattern: gpt4` or `pattern: r"\w+|\s"`). */
  readonly orString?: true
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly items?: SettingSchema
  readonly minItems?: number
  readonly maxItems?: number
  /** With a list of strings: the checker joins them to one text. */
  readonly pieces?: true
  /** The unit of a number; a number written in another unit is an error. A number without a unit fits `count`, `fraction` and no unit. */
  readonly unit?: 'count' | 'fraction' | 'bytes' | 'seconds'
  /** A number of 1 or more is a count, and a percentage is a share. The value of 100 % is the text `100%`; more than that is an error. */
  readonly countOrPart?: true
  /** The value is an expression over the metrics of a document, a condition or a number: a `DocumentExpression`. */
  readonly expression?: 'condition' | 'number'
  /** With `expression`: metrics that it can name besides those of documents. */
  readonly metrics?: Readonly<Record<string, MetricSpec>>
  /** The value is a string whose `{holes}` name fields of a document. It is kept as written, with its holes. */
  readonly template?: true
  /** The value is a group of values, written as a call: `adamw(lr: 1e-3)` becomes `{ "call": "adamw", "lr": 0.001, … }`. */
  readonly calls?: Readonly<Record<string, SettingsSchema>>
  /**
   * Inside `calls` only: the value is an artefact. It is an input of the stage, whose role is the path of the setting: in
   * `win_rate: against(chat, judge: reward)` the judge is the input `win_rate.judge`. Params do not mention it.
   */
  readonly input?: InputSpec
  /** The setting cannot change the bytes of the output. It is one of the hints of the node, not of its params. */
  readonly hint?: true
  /** The value names files outside the store (paths or globs relative to the program). They are the files of the node, not params. */
  readonly files?: true
  /** With `files`: each path is a folder, of which these files count (`['*.json']`). */
  readonly within?: readonly string[]
  /** With `files`: `list("files.txt")` and `dataset("folder", split: "train")` name files too. */
  readonly collections?: true
  /** With `within`: a path that ends in one of these names a file itself (`.gguf`). */
  readonly orFile?: readonly string[]
}

/** The settings of a kind, or of a group of values, by name. */
export interface SettingsSchema {
  readonly description?: string
  /** The settings that positional arguments fill, in order. Inside `calls` only: a kind has its own `positional`. */
  readonly positional?: readonly string[]
  readonly properties: Readonly<Record<string, SettingSchema>>
}

/** An input of a kind. */
export interface InputSpec {
  readonly kinds: readonly ArtefactKind[]
  readonly description: string
  readonly optional?: true
  /** The input is a list of artefacts. */
  readonly list?: true
  /** With `list`: artefacts that failed are left out, as long as at least one remains. */
  readonly spares?: true
  /**
   * With `list`: the param `$ROLE` holds the name that the program gives to each artefact, for people. `expect` can then ask the report
   * about one of them: `score.loss[base]` reads the metric `loss[0]`. It reads by place, because names are not part of a key.
   */
  readonly named?: true
  /**
   * Without `list`: the input may be a mixture of several artefacts, `mix(web: 70%, code: 30%)`. They are the artefacts of the role then, and
   * the param `ROLE` is their `Mixture`; `$ROLE` holds their names, for people, as with `named`.
   */
  readonly mixes?: true
}
