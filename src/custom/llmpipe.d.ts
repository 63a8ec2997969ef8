/**
 * Stages of your own, in TypeScript: what `import { defineStage } from 'llmpipe'` gives.
 *
 *     use "./shout.ts" { shout }
 *     data loud = read("words.txt", split: lines) |> shout(mark: "!")
 *
 * Shipped as it is; src/custom/api.ts is held to it by its types.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

// ---- What flows between stages ----

/** A document. What it was read with beside its text lies in further fields, and goes on to whoever reads it next. */
export interface Doc {
  /** Given where there is none, from what is in it. */
  readonly id?: string
  readonly text: string
  readonly [field: string]: Json | undefined
}

export interface Message {
  /** `system`, `user`, `assistant` or `tool`. */
  readonly role: string
  readonly content: string
  /** The thoughts before an answer. */
  readonly reasoning_content?: string
  /** The tools that an answer calls. */
  readonly tool_calls?: readonly Json[]
  /** The call that a message of the role `tool` answers. */
  readonly tool_call_id?: string
  /** Who speaks: of a message of the role `tool`, the tool. */
  readonly name?: string
  /** `false` of an answer that is context and is not learned. */
  readonly learned?: false
}

/** A conversation that waits for an answer. */
export interface Prompt {
  readonly id?: string
  readonly messages: readonly Message[]
  /** The tools that the assistant can call, as JSON Schema. */
  readonly tools?: readonly Json[]
}

/** A conversation to learn from: the assistant answers in it. */
export interface Pair extends Prompt {}

/** A prompt, and what a model said to it. */
export interface Answers extends Prompt {
  readonly responses: readonly { readonly text: string; readonly ended: boolean; readonly logprob?: number }[]
}

/** A prompt, and answers with their places: 1 is best, equal numbers are ties. */
export interface Ranking extends Prompt {
  readonly responses: readonly string[]
  readonly ranks: readonly number[]
}

/** Artefacts that are records, one a line, with what a record of each is. */
export interface Records {
  Docs: Doc
  Pairs: Pair
  Prompts: Prompt
  Answers: Answers
  Rankings: Ranking
}

export type RecordKind = keyof Records
export type ArtefactKind = RecordKind | 'Report' | 'Files' | 'Tokens' | 'Tokenizer' | 'Weights' | 'Reward'

/** An artefact that is taken: its folder, and where it is records, these one by one. */
export type Input<K extends ArtefactKind = ArtefactKind> = K extends RecordKind
  ? { readonly kind: K; readonly path: string } & AsyncIterable<Records[K]>
  : { readonly kind: K; readonly path: string }

/** An artefact that is made: its folder, empty at first, and where it is records, a way to write these. */
export type Output<K extends ArtefactKind = ArtefactKind> = K extends RecordKind
  ? {
      readonly kind: K
      readonly path: string
      /** Writes a record. One without an id gets one of its content. */
      write(record: Records[K]): void
    }
  : { readonly kind: K; readonly path: string }

// ---- What a stage says about itself ----

export interface InputDefinition {
  readonly kinds: readonly ArtefactKind[]
  readonly description: string
  /** The call may leave it out. */
  readonly optional?: true
  /** Takes a list of artefacts. */
  readonly list?: true
}

/** A setting of the call: JSON Schema, and some fields of llmpipe's. One without a `default` is required, unless `optional`. */
export interface SettingDefinition {
  readonly type: 'integer' | 'number' | 'string' | 'boolean' | 'array'
  /** One sentence, for messages and the reference. */
  readonly description: string
  readonly default?: Json
  readonly optional?: true
  /** Members are written as bare words: `case: upper`. */
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: Omit<SettingDefinition, 'description' | 'default' | 'optional' | 'items' | 'files' | 'hint'>
  /** What a number measures: a number written in another unit is an error. */
  readonly unit?: 'count' | 'fraction' | 'bytes' | 'seconds'
  /** It cannot change what is made, and so is no part of the key. */
  readonly hint?: true
  /** Paths or patterns, relative to the program, of files to read. Their contents are part of the key. */
  readonly files?: true
}

export interface InputFile {
  /** Absolute: to read it. */
  readonly path: string
  /** For messages: relative to the program. */
  readonly name: string
}

/** Of a stage that takes no artefacts, or has no settings. */
type None = Readonly<Record<never, never>>
type Inputs = Readonly<Record<string, InputDefinition>>
type Settings = Readonly<Record<string, SettingDefinition>>

/** What a call makes: an artefact of a kind, or of the same type as one of its inputs. */
export type OutputDefinition = ArtefactKind | { readonly like: string }

type ScalarOf<S> = S extends { readonly enum: readonly (infer Member)[] }
  ? Member
  : S extends { readonly type: 'integer' | 'number' }
    ? number
    : S extends { readonly type: 'boolean' }
      ? boolean
      : string

type ValueOf<S> = S extends { readonly files: true }
  ? readonly InputFile[]
  : S extends { readonly type: 'array' }
    ? readonly (S extends { readonly items: infer Item } ? ScalarOf<Item> : Json)[]
    : ScalarOf<S>

/** The values of settings, as they are handed to `run`. */
export type ValuesOf<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends { readonly optional: true }
    ? ValueOf<S[Name]> | undefined
    : ValueOf<S[Name]>
}

type Taken<I> = I extends { readonly kinds: readonly (infer K extends ArtefactKind)[] }
  ? I extends { readonly list: true }
    ? readonly Input<K>[]
    : I extends { readonly optional: true }
      ? Input<K> | undefined
      : Input<K>
  : never

type Made<I extends Inputs, O> = O extends ArtefactKind
  ? Output<O>
  : O extends { readonly like: infer Role extends keyof I }
    ? Output<I[Role]['kinds'][number]>
    : Output

interface Described<I extends Inputs, S extends Settings> {
  /** One sentence. */
  readonly summary: string
  /** More, as Markdown. */
  readonly documentation?: string
  readonly inputs?: I
  readonly settings?: S
  /** What arguments without a name are, in order; the inputs and then the required settings where not given. */
  readonly positional?: readonly string[]
  /** What a call gets that does not say so itself. */
  readonly cpus?: number
  readonly memory?: number
  readonly gpus?: number
}

/** What a stage may say at its end. */
export interface Result {
  /** Numbers that `expect` and `llmpipe show` read. */
  readonly metrics?: Readonly<Record<string, number>>
  /** One line. */
  readonly summary?: string
}

/** What a running stage has in hand. */
interface Running<I extends Inputs, S extends Settings> {
  readonly inputs: { readonly [Role in keyof I]: Taken<I[Role]> }
  readonly settings: ValuesOf<S>
  /** Counts a record that was left out, by a rule in words; `value` says what the rule saw. */
  drop(record: Records[RecordKind], rule: string, value?: string): void
  /** A line for the log. */
  log(message: string, level?: 'info' | 'warning' | 'error'): void
  progress(done: number, total: number | undefined, unit: string): void
  /** Numbers of a step, for curves. */
  metric(step: number, values: Readonly<Record<string, number>>): void
  /** A folder that outlives attempts: what lies in it is there again when an interrupted stage goes on. */
  readonly work: string
  /** How many threads are of use. */
  readonly threads: number
  /** Aborted when the run is asked to stop. Who listens may save something in `work`; the stage ends soon in any case. */
  readonly signal: AbortSignal
}

// biome-ignore lint/suspicious/noConfusingVoidType: a `run` that returns nothing
type Ended = Result | undefined | void

export interface StageDefinition<
  I extends Inputs,
  S extends Settings,
  O extends OutputDefinition,
  M extends Readonly<Record<string, OutputDefinition>>,
> extends Described<I, S> {
  /** What a call makes. */
  readonly output?: O
  /** Instead, where it makes several: by name, in the order that `data a, b = …` binds them in. */
  readonly outputs?: M
  run(
    stage: Running<I, S> & {
      readonly output: Made<I, O>
      readonly outputs: { readonly [Name in keyof M]: Made<I, M[Name]> }
    },
  ): Ended | Promise<Ended>
}

export interface StepDefinition<S extends Settings> extends Omit<Described<None, S>, 'inputs'> {
  /** A document, changed or not; nothing where it is left out; or several. */
  map(doc: Doc, settings: ValuesOf<S>): Doc | undefined | readonly Doc[] | Promise<Doc | undefined | readonly Doc[]>
}

/** A stage, to be exported. */
export interface Stage {
  readonly summary: string
}

// ---- The functions ----

/**
 * A stage: takes artefacts, makes one or several. What it makes is cached, so it has to be the same whenever inputs and
 * settings are the same: no time of day, no `Math.random()`, no network, no files but those of `settings`.
 */
export function defineStage<
  const I extends Inputs = None,
  const S extends Settings = None,
  const O extends OutputDefinition = never,
  const M extends Readonly<Record<string, OutputDefinition>> = None,
>(definition: StageDefinition<I, S, O, M>): Stage

/** A stage that works on each document by itself: takes `docs`, makes documents. What is left out is counted. */
export function defineStep<const S extends Settings = None>(definition: StepDefinition<S>): Stage

/** Thrown to fail with something that a person can act on: a short code, what is wrong, what to do. */
export class StageError extends Error {
  readonly code: string
  readonly help: string | undefined
  constructor(code: string, message: string, help?: string)
}
