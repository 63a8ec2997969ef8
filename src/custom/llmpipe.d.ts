/**
 * The API of custom stages, in TypeScript: `import { defineStage } from 'llmpipe'`.
 *
 *     use "./shout.ts" { shout }
 *     data loud = read("words.txt", split: lines) |> shout(mark: "!")
 *
 * The package ships this file as it is. src/custom/api.ts implements it.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

// ---- What flows between stages ----

/** A document. Further fields of its record are kept, and passed to the stages that follow. */
export interface Doc {
  /** A document without an id gets one, made of its content. */
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
  /** The speaker; for a message of the role `tool`, the tool. */
  readonly name?: string
  /** `false` for an answer that is context and not learned from. */
  readonly learned?: false
}

/** A conversation that waits for an answer. */
export interface Prompt {
  readonly id?: string
  readonly messages: readonly Message[]
  /** The tools that the assistant can call, as JSON Schema. */
  readonly tools?: readonly Json[]
}

/** A conversation to learn from, in which the assistant answers. */
export interface Pair extends Prompt {}

/** A prompt and the answers of a model. */
export interface Answers extends Prompt {
  readonly responses: readonly { readonly text: string; readonly ended: boolean; readonly logprob?: number }[]
}

/** A prompt and answers with their ranks: 1 is the best, equal ranks are ties. */
export interface Ranking extends Prompt {
  readonly responses: readonly string[]
  readonly ranks: readonly number[]
}

/** The kinds of artefacts that consist of records, one per line, with the type of their records. */
export interface Records {
  Docs: Doc
  Pairs: Pair
  Prompts: Prompt
  Answers: Answers
  Rankings: Ranking
}

export type RecordKind = keyof Records
export type ArtefactKind =
  | RecordKind
  | 'Report'
  | 'Files'
  | 'Classifier'
  | 'Tokens'
  | 'Tokenizer'
  | 'Weights'
  | 'Reward'

/** An input of a stage: its folder, and a stream of its records if it has some. */
export type Input<K extends ArtefactKind = ArtefactKind> = K extends RecordKind
  ? { readonly kind: K; readonly path: string } & AsyncIterable<Records[K]>
  : { readonly kind: K; readonly path: string }

/** An output of a stage: its folder, empty at first, and a way to write records if it has some. */
export type Output<K extends ArtefactKind = ArtefactKind> = K extends RecordKind
  ? {
      readonly kind: K
      readonly path: string
      /** Writes a record. A record without an id gets one, made of its content. */
      write(record: Records[K]): void
    }
  : { readonly kind: K; readonly path: string }

// ---- Definitions ----

export interface InputDefinition {
  readonly kinds: readonly ArtefactKind[]
  readonly description: string
  /** A call can leave it out. */
  readonly optional?: true
  /** The input is a list of artefacts. */
  readonly list?: true
}

/** A setting: JSON Schema with annotations of llmpipe's. A setting without a `default` is required, unless it is `optional`. */
export interface SettingDefinition {
  readonly type: 'integer' | 'number' | 'string' | 'boolean' | 'array'
  /** One sentence, for messages and the reference. */
  readonly description: string
  readonly default?: Json
  readonly optional?: true
  /** The possible values, written as bare words: `case: upper`. */
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: Omit<SettingDefinition, 'description' | 'default' | 'optional' | 'items' | 'files' | 'hint'>
  /** The unit of a number; a number written in another unit is an error. */
  readonly unit?: 'count' | 'fraction' | 'bytes' | 'seconds'
  /** The setting cannot change the output, so it is not part of the key. */
  readonly hint?: true
  /** The value is paths or patterns of files, relative to the program. Their contents are part of the key. */
  readonly files?: true
}

export interface InputFile {
  /** The absolute path, for reading the file. */
  readonly path: string
  /** The path relative to the program, for messages. */
  readonly name: string
}

/** The inputs or settings of a stage that has none. */
type None = Readonly<Record<never, never>>
type Inputs = Readonly<Record<string, InputDefinition>>
type Settings = Readonly<Record<string, SettingDefinition>>

/** The output of a call: an artefact of a kind, or of the same type as one of the inputs. */
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

/** The values of the settings, as `run` receives them. */
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
  /** The inputs and settings that positional arguments fill, in order. The default is the inputs, then the required settings. */
  readonly positional?: readonly string[]
  /** The resources of calls that do not ask for others. */
  readonly cpus?: number
  readonly memory?: number
  readonly gpus?: number
}

/** The report of a finished stage. */
export interface Result {
  /** Numbers for `expect` and `llmpipe show`. */
  readonly metrics?: Readonly<Record<string, number>>
  /** One line for people. */
  readonly summary?: string
}

/** A running stage, as `run` receives it. */
interface Running<I extends Inputs, S extends Settings> {
  readonly inputs: { readonly [Role in keyof I]: Taken<I[Role]> }
  readonly settings: ValuesOf<S>
  /** Counts a record that the stage leaves out, by the name of a rule; `value` is the value that the rule looked at. */
  drop(record: Records[RecordKind], rule: string, value?: string): void
  /** Writes a line to the log. */
  log(message: string, level?: 'info' | 'warning' | 'error'): void
  progress(done: number, total: number | undefined, unit: string): void
  /** Reports the metrics of a step, for curves. */
  metric(step: number, values: Readonly<Record<string, number>>): void
  /** A folder that outlives attempts: an interrupted stage finds its files here again. */
  readonly work: string
  /** The number of threads reserved for the stage. */
  readonly threads: number
  /** Aborted when the run is asked to stop. The stage can then save its state in `work`; it ends within seconds in any case. */
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
  /** The output of a call. */
  readonly output?: O
  /** Instead of `output`, for several outputs: by name, in the order in which `data a, b = …` binds them. */
  readonly outputs?: M
  run(
    stage: Running<I, S> & {
      readonly output: Made<I, O>
      readonly outputs: { readonly [Name in keyof M]: Made<I, M[Name]> }
    },
  ): Ended | Promise<Ended>
}

export interface StepDefinition<S extends Settings> extends Omit<Described<None, S>, 'inputs'> {
  /** Returns the document, changed or unchanged, several documents, or `undefined` to leave it out. */
  map(doc: Doc, settings: ValuesOf<S>): Doc | undefined | readonly Doc[] | Promise<Doc | undefined | readonly Doc[]>
}

/** A defined stage, which the file exports. */
export interface Stage {
  readonly summary: string
}

// ---- The functions ----

/**
 * Defines a stage, which takes artefacts and makes one or several. The outputs are cached, so they must depend only on inputs and settings:
 * no time of day, no `Math.random()`, no network, no files but those of `settings`.
 */
export function defineStage<
  const I extends Inputs = None,
  const S extends Settings = None,
  const O extends OutputDefinition = never,
  const M extends Readonly<Record<string, OutputDefinition>> = None,
>(definition: StageDefinition<I, S, O, M>): Stage

/** Defines a stage that maps each document by itself. Documents that it leaves out are counted. */
export function defineStep<const S extends Settings = None>(definition: StepDefinition<S>): Stage

/** An error that tells a person what to do: a short code, what is wrong, and the way out. */
export class StageError extends Error {
  readonly code: string
  readonly help: string | undefined
  constructor(code: string, message: string, help?: string)
}
