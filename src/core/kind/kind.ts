/**
 * A stage kind: its name and version, the artefacts it consumes and produces, its settings as a JSON Schema, and how to run it. Checking a
 * program loads this light half of every kind; only the process of a stage loads the heavy half.
 */

import type { ArtefactType, TokenizerSize } from '../artefact.ts'
import type { MetricSpec } from '../expression.ts'
import type { JsonObject } from '../values/json.ts'
import type { CustomCode } from './custom.ts'
import type { Continues, Resources } from './resources.ts'
import type { InputSpec, SettingsSchema } from './setting.ts'
import type { StageModule } from './stage.ts'

/**
 * How the plan treats a kind. A `source` reads documents from files, a `document` kind maps each document by itself: both are fused with
 * the `document` calls that follow into one streaming pass. A `stage` has a process of its own.
 */
export type Shape = 'source' | 'document' | 'stage'

export interface StageKind<Services = never> {
  readonly name: string
  /** Raised whenever the same inputs and settings produce other bytes. A golden test guards it. */
  readonly version: number | string
  readonly summary: string
  /** Markdown: what the kind does, its defaults and where they come from, the paper it follows. */
  readonly documentation?: string
  readonly shape: Shape
  /** The inputs, by role. */
  readonly inputs: Readonly<Record<string, InputSpec>>
  readonly settings: SettingsSchema
  /** The inputs and settings that positional arguments fill, in order: `['docs', 'method']`. */
  readonly positional: readonly string[]
  /** The setting (an array) or input (a list) that takes all further positional arguments: `shares` of `split`. */
  readonly rest?: string
  /** The outputs of a call, in order, or why the call is wrong. */
  outputs(call: TypedCall): readonly OutputType[] | Misfit
  /**
   * The names of the metrics in the `metrics.json` of its outputs, so that `expect` and `best` are checked before the run; `win_rate[]` is
   * one number for each artefact of a list. `undefined` if only the run tells the metrics.
   */
  metrics?(call: TypedCall): readonly string[] | undefined
  /** Warnings about a call that is correct and probably not intended. */
  doubts?(call: TypedCall): readonly Doubt[]
  resources?(params: JsonObject): Partial<Resources>
  /** The help when a stage of this kind runs out of memory: the settings that lower its need. */
  readonly memoryHelp?: string
  /** The steps that a call shares with calls of fewer steps; `undefined` if every step depends on all settings. */
  continues?(params: JsonObject): Continues | undefined
  /** Whether the work of a call has parts that can be made elsewhere: `StageModule.parts`. */
  hasParts?(params: JsonObject): boolean
  /** Loads the heavy half of a `stage`. */
  load?(): Promise<StageModule<Services>>
  /** Loads the step of a `document` kind, for the pass that runs it. */
  step?(): Promise<unknown>
  /** The code of a custom stage, which is executed instead of `load`. */
  readonly code?: CustomCode
}

/** An output of a call. */
export interface OutputType {
  readonly name: string
  readonly type: ArtefactType
}

/** A call as a kind sees it when a program is checked: the types of its inputs and its normalized settings. */
export interface TypedCall extends CallContext {
  readonly inputs: Readonly<Record<string, readonly ArtefactType[]>>
  readonly params: JsonObject
}

/** The surroundings of a call, whatever its kind. */
export interface CallContext {
  /** The number of names that the call is bound to: 2 for `data a, b = …`. */
  readonly names: number
  /** The reference of the output of this call: the identity of a tokenizer that it makes. */
  readonly self: string
  /** The graph of the model of weights (`model` of their type); `undefined` if only the files of the weights contain it. */
  graphOf?(model: string): object | undefined
  /** The special tokens of a tokenizer, by its reference; `undefined` if they are known only after it is made. */
  specialTokens?(tokenizer: string): readonly string[] | undefined
  /** The number of ids of a tokenizer, by its reference, according to its declaration; `undefined` if no declaration is known. */
  tokenizerSize?(tokenizer: string): TokenizerSize | undefined
  /** The metrics of each artefact of a role, as `StageKind.metrics` returns them. */
  metricsOf?(role: string): readonly (readonly string[] | undefined)[]
}

/** Why a call is wrong, in the words of the message. */
export interface Misfit {
  readonly code: 'tokenizer-mismatch' | 'vocabulary-mismatch' | 'template-mismatch' | 'wrong-count' | 'invalid-setting'
  /** The role or setting that the message points at. */
  readonly at: string
  /** The role or setting that it disagrees with. */
  readonly other?: string
  readonly message: string
  readonly help?: string
}

/** A warning about settings that are correct and probably not intended. */
export interface Doubt {
  /** The setting that the message points at. */
  readonly at: string
  readonly message: string
  readonly help?: string
}

/** Everything that programs can call. The compiler receives it, so that the language imports no stage. */
export interface Catalogue {
  readonly kinds: Readonly<Record<string, StageKind>>
  readonly metrics: Readonly<Record<string, MetricSpec>>
}
