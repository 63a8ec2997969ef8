/**
 * A stage kind: one file that says its name and version, the artefacts it takes and makes, its settings as a JSON Schema,
 * and how to run. Checking a program loads this light half of every kind; only the stage's own process loads the other.
 */

import type { Artefact, ArtefactKind, ArtefactType, StageReport, TokenizerSize } from './artefact.ts'
import type { OwnCode } from './custom.ts'
import type { StageEvent } from './event.ts'
import type { Json, JsonObject } from './json.ts'
import type { Continues, Resources } from './plan.ts'

/** One setting: JSON Schema (checked by ajv), and four annotations of ours that the language reads. */
export interface SettingSchema {
  readonly type?: 'integer' | 'number' | 'string' | 'boolean' | 'array'
  /** One sentence, for the reference, completion and error messages. */
  readonly description: string
  /** Its value when not written; a setting without one is required, unless `optional`. */
  readonly default?: Json
  readonly optional?: true
  /** Members written as bare words. */
  readonly enum?: readonly string[]
  /** With `enum`: any written string will do as well (`pattern: gpt4` or `pattern: r"\w+|\s"`). */
  readonly orString?: true
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly items?: SettingSchema
  readonly minItems?: number
  readonly maxItems?: number
  /** With a list of strings: pieces of one text, which are joined when the program is checked. */
  readonly pieces?: true
  /** What a number measures; a number written in another unit is an error. A bare number fits `count`, `fraction`, none. */
  readonly unit?: 'count' | 'fraction' | 'bytes' | 'seconds'
  /** A number of 1 or more is a count, and one in percent a part: then 100 % is the text `100%`, and more is an error. */
  readonly countOrPart?: true
  /** Its value is an expression over the metrics of a document, a condition or a number, elaborated to a `DocumentExpression`. */
  readonly expression?: 'condition' | 'number'
  /** Metrics that such an expression may name besides those of documents. */
  readonly metrics?: Readonly<Record<string, MetricSpec>>
  /** Its value is a string whose `{holes}` name fields of a document; kept as written, holes and all. */
  readonly template?: true
  /** Its value is a group of values, written as a call: `adamw(lr: 1e-3)` elaborates to `{ "call": "adamw", "lr": 0.001, … }`. */
  readonly calls?: Readonly<Record<string, SettingsSchema>>
  /**
   * Inside `calls` only: its value is an artefact, an input of the stage whose role is the path to it. In
   * `win_rate: against(chat, judge: reward)` the judge is the input `win_rate.judge`, and params do not mention it.
   */
  readonly input?: InputSpec
  /** Cannot change the bytes of the output: goes to the node's hints, not its params. */
  readonly hint?: true
  /** Names files from outside (paths or globs relative to the program): goes to the node's files, not its params. */
  readonly files?: true
  /** With `files`: each path is a folder, and these are the files in it that count (`['*.json']`). */
  readonly within?: readonly string[]
}

/** The settings of a kind, or of a group of values, by name. */
export interface SettingsSchema {
  readonly description?: string
  /** Settings that positional arguments fill, in order (inside `calls` only; a kind's own are in `positional`). */
  readonly positional?: readonly string[]
  readonly properties: Readonly<Record<string, SettingSchema>>
}

export interface InputSpec {
  readonly kinds: readonly ArtefactKind[]
  readonly description: string
  readonly optional?: true
  /** Takes a list of artefacts. */
  readonly list?: true
  /** With `list`: those of them that failed are left out, as long as there is one. */
  readonly spares?: true
  /**
   * What the program calls each artefact of the list goes to the params as `$ROLE`, for people; and in `expect` the report may be
   * asked of one of them, `score.loss[base]`, which reads the metric `loss[0]`: by place, since names are no part of a key.
   */
  readonly named?: true
}

/** What a kind's `outputs` sees of a call: the types of its inputs and its normalized settings. */
export interface TypedCall {
  readonly inputs: Readonly<Record<string, readonly ArtefactType[]>>
  readonly params: JsonObject
  /** How many names the call is bound to: `data a, b = …` is 2. */
  readonly names: number
  /** The reference of this call's output (the identity of a tokenizer it would make). */
  readonly self: string
  /** The graph of the model that weights are of (`model` of their type); `undefined` if only their files know it. */
  graphOf?(model: string): object | undefined
  /** The special tokens of the tokenizer of a reference; nothing where they are known only once it is there. */
  specialTokens?(tokenizer: string): readonly string[] | undefined
  /** How many ids the tokenizer of a reference has, as its declaration says; `undefined` if no declaration is known. */
  tokenizerSize?(tokenizer: string): TokenizerSize | undefined
  /** The metrics of each artefact that a role takes, as `StageKind.metrics` gives them; `undefined` for unknown ones. */
  metricsOf?(role: string): readonly (readonly string[] | undefined)[]
}

/** Two things of a call that do not fit, in the words of the message. */
export interface Misfit {
  readonly code: 'tokenizer-mismatch' | 'vocabulary-mismatch' | 'template-mismatch' | 'wrong-count' | 'invalid-setting'
  /** The role or setting to point at, and the one it disagrees with. */
  readonly at: string
  readonly other?: string
  readonly message: string
  readonly help?: string
}

/** Settings that fit and are hardly what somebody wants. */
export interface Doubt {
  /** The setting to point at. */
  readonly at: string
  readonly message: string
  readonly help?: string
}

/**
 * How a kind works on documents, which decides how it is planned:
 * `source` makes documents from files; `document` maps each document by itself; both are fused with the `document`
 * operations that follow into one streaming pass. `stage` is a process of its own, and a boundary.
 */
export type Shape = 'source' | 'document' | 'stage'

export interface StageKind<Services = never> {
  readonly name: string
  /** Raised whenever the same inputs and settings give other bytes; guarded by a golden test. */
  readonly version: number
  readonly summary: string
  /** Markdown: what it does, defaults and where they come from, the paper it follows. */
  readonly documentation?: string
  readonly shape: Shape
  readonly inputs: Readonly<Record<string, InputSpec>>
  readonly settings: SettingsSchema
  /** Inputs and settings that positional arguments fill, in order: `['docs', 'method']`. */
  readonly positional: readonly string[]
  /** The setting (an array) that takes all further positional arguments: `split`'s shares. */
  readonly rest?: string
  /** The outputs of a call, in order, or what does not fit. */
  outputs(call: TypedCall): readonly { readonly name: string; readonly type: ArtefactType }[] | Misfit
  /**
   * Names of the metrics that its outputs carry in their `metrics.json`, so that `expect` and `best` are checked before the run;
   * `win_rate[]` is one number for each artefact of a list. `undefined`, or a kind without it: known after the run only.
   */
  metrics?(call: TypedCall): readonly string[] | undefined
  /** What fits and still is hardly meant: warnings, each in the words of its message. */
  doubts?(call: TypedCall): readonly Doubt[]
  resources?(params: JsonObject): Partial<Resources>
  /** The help when a stage of this kind runs out of memory: the settings that lower its need. */
  readonly memoryHelp?: string
  /** How a call goes on from what one with fewer steps has done; nothing where every step depends on all settings. */
  continues?(params: JsonObject): Continues | undefined
  /** A `stage`'s heavy half. */
  load?(): Promise<StageModule<Services>>
  /** Of a kind of the project's own: what is run instead of `load`. */
  readonly code?: OwnCode
}

export interface StageModule<Services> {
  run(stage: StageRun, services: Services): Promise<StageReport>
}

export interface InputFile {
  /** Absolute. */
  readonly path: string
  /** For people and messages: relative to the program. */
  readonly name: string
  /** Of its bytes, in hex, as the key of the stage has it. */
  readonly sha256: string
}

/** A part of a stage's work: the folder it lies in, never written to again, and what `make` said of it. */
export interface Part {
  readonly folder: string
  readonly value: Json
  /** Whether it was there from before. */
  readonly reused: boolean
}

/**
 * Parts of a stage's work, kept for the next time. They are no part of any result: a stage makes its output of parts that were
 * there from before exactly as of those it has just made.
 */
export interface Parts {
  /**
   * The part that is made of `content`: all that reaches it besides the kind of the stage, its version and its params. Where there
   * is none, `make` writes it into an empty folder.
   */
  part(content: Json, make: (folder: string) => Promise<Json>): Promise<Part>
}

/** What a running stage has in hand. */
export interface StageRun {
  readonly params: JsonObject
  readonly hints: JsonObject
  readonly inputs: Readonly<Record<string, readonly Artefact[]>>
  /** The files of each `files` setting, in the order of their names. */
  readonly files: Readonly<Record<string, readonly InputFile[]>>
  /** The model graphs that `params` refers to, by digest. */
  readonly models: Readonly<Record<string, Json>>
  /** The empty folder that each output's files are written to, by output name. */
  readonly outputs: Readonly<Record<string, string>>
  /** A folder named by the key that outlives attempts: checkpoints. */
  readonly work: string
  /** The step after which the state is to be kept for longer runs: as a checkpoint in the folder `kept` of `work`. */
  readonly keepState?: number
  /** The folder of the store for what people did: never thrown away. */
  readonly people: string
  readonly parts: Parts
  readonly threads: number
  emit(event: StageEvent): void
  /** Aborted when the run is asked to stop: save, then throw `Interrupted`. */
  readonly signal: AbortSignal
}

/** A document metric that expressions may name. */
export interface MetricSpec {
  readonly name: string
  readonly type: 'number' | 'string' | 'boolean'
  readonly unit?: 'count' | 'fraction'
  readonly description: string
}

/** An expression over one document, after checking: plain JSON, compiled to a closure by src/data. */
export type DocumentExpression =
  | { readonly op: 'metric'; readonly name: string }
  | { readonly op: 'literal'; readonly value: number | string | boolean }
  | { readonly op: 'not' | 'negate'; readonly of: DocumentExpression }
  | {
      readonly op: 'and' | 'or' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/'
      readonly left: DocumentExpression
      readonly right: DocumentExpression
    }
  /** `words in 50..100`: both ends count. */
  | {
      readonly op: 'between'
      readonly of: DocumentExpression
      readonly from: DocumentExpression
      readonly to: DocumentExpression
    }
  /** `language in ["en", "de"]`. */
  | { readonly op: 'among'; readonly of: DocumentExpression; readonly list: readonly (number | string)[] }

/** All the language knows of what can be called: handed to it, so that it imports no stage. */
export interface Catalogue {
  readonly kinds: Readonly<Record<string, StageKind>>
  readonly metrics: Readonly<Record<string, MetricSpec>>
}
