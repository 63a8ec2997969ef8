/**
 * Defines the stage kinds of llmpipe. The types of the settings, inputs and outputs that the code of a kind sees are inferred from the
 * definition, as `defineStage` infers them for custom stages: a misspelt setting, or a run of another kind, does not compile.
 */

import type { Artefact, ArtefactKind, ArtefactTypeOf } from '../../core/artefact.ts'
import type { CallContext, Doubt, Misfit, OutputType, Shape, StageKind, TypedCall } from '../../core/kind/kind.ts'
import type { Mixture } from '../../core/kind/mixture.ts'
import type { Continues, Resources } from '../../core/kind/resources.ts'
import type { InputSpec } from '../../core/kind/setting.ts'
import type { FilesOf, HintsOf, NestedRole, ParamsOf, Settings } from '../../core/kind/setting-values.ts'
import type { InputFile, PartedWork, StageContext, StageModule, StageRun } from '../../core/kind/stage.ts'
import type { StageReport } from '../../core/report.ts'
import type { JsonObject } from '../../core/values/json.ts'
import type { StepMaker } from '../../data/steps/step.ts'
import type { StageServices } from './services.ts'

type Inputs = Readonly<Record<string, InputSpec>>

/** `One` of a role that takes one artefact, a list of them, or `undefined` for an optional role that is absent. */
type Taken<Spec, One> = Spec extends { readonly list: true } | { readonly mixes: true }
  ? readonly One[]
  : Spec extends { readonly optional: true }
    ? One | undefined
    : One

type KindIn<Spec> = Spec extends { readonly kinds: readonly (infer K extends ArtefactKind)[] } ? K : never

/** Roles that take a model. A model is not an artefact of the store: the param of that name refers to its graph. */
type ModelRole<I> = { [Role in keyof I]: KindIn<I[Role]> extends 'Model' ? Role : never }[keyof I]

export interface ModelParam {
  /** The digest of the graph, a name in `StageContext.models`. */
  readonly model: string
  /** The arguments of the architecture, for messages. */
  readonly $arguments?: JsonObject
}

/** The names that the program gives to the artefacts of a list, for people. */
type NamesOf<I> = {
  readonly [Role in keyof I as I[Role] extends { readonly named: true } | { readonly mixes: true }
    ? `$${Role & string}`
    : never]?: readonly string[]
}

/** The mixture of each role that takes one; absent if a single artefact is given. */
type MixturesOf<I> = { readonly [Role in keyof I as I[Role] extends { readonly mixes: true } ? Role : never]?: Mixture }

/** The params of models; that of an optional role may be absent. */
type ModelParams<I> = {
  readonly [Role in ModelRole<I> as I[Role] extends { readonly optional: true } ? never : Role]: ModelParam
} & {
  readonly [Role in ModelRole<I> as I[Role] extends { readonly optional: true } ? Role : never]?: ModelParam
}

export type SettingsOf<I, S> = ParamsOf<S> & ModelParams<I> & NamesOf<I> & MixturesOf<I>

/** A call as a kind sees it when a program is checked. */
export interface KindCall<I = Inputs, S = Settings> extends CallContext {
  readonly inputs: { readonly [Role in keyof I]: Taken<I[Role], ArtefactTypeOf<KindIn<I[Role]>>> } & {
    readonly [Role in NestedRole<S>]?: ArtefactTypeOf<ArtefactKind>
  }
  readonly settings: SettingsOf<I, S>
}

/** A running stage as the code of its kind sees it. */
export interface RunningStage<I = Inputs, S = Settings, O extends string = string> extends StageContext {
  readonly settings: SettingsOf<I, S>
  readonly hints: HintsOf<S>
  readonly inputs: {
    readonly [Role in Exclude<keyof I, ModelRole<I>>]: Taken<I[Role], Artefact & { readonly kind: KindIn<I[Role]> }>
  } & { readonly [Role in NestedRole<S>]?: Artefact }
  /** The files of each setting that names some, in the order of their names. */
  readonly files: FilesOf<S, InputFile>
  /** The folder of each output, empty at first. */
  readonly outputs: Readonly<Record<O, string>>
}

interface Described<I, S> {
  readonly name: string
  readonly version: number | string
  readonly summary: string
  readonly documentation?: string
  readonly inputs: I
  readonly settings: S
  readonly positional: readonly string[]
  readonly rest?: string
}

/** The definition of a kind whose stages have processes of their own. It has a `run`, or a `load` of the module that exports it. */
export interface KindDefinition<I, S, O extends string, L> extends Described<I, S> {
  outputs(call: KindCall<I, S>): readonly (OutputType & { readonly name: O })[] | Misfit
  metrics?(call: KindCall<I, S>): readonly string[] | undefined
  doubts?(call: KindCall<I, S>): readonly Doubt[]
  resources(settings: SettingsOf<I, S>): Partial<Resources>
  readonly memoryHelp?: string
  continues?(settings: SettingsOf<I, S>): Continues | undefined
  hasParts?(settings: SettingsOf<I, S>): boolean
  readonly load?: L
  run?(stage: RunningStage<I, S, O>, services: StageServices): Promise<StageReport>
}

/** The module that `load` loads. */
interface HeavyHalf<I, S, O extends string> {
  run(stage: RunningStage<I, S, O>, services: StageServices): Promise<StageReport>
  /** See `StageModule.parts`. */
  parts?(stage: RunningStage<I, S, O>): Promise<PartedWork>
}

declare const types: unique symbol

/** A defined kind. `load` of the definition is part of its type: `stages/index.ts` checks that the module it loads has the right `run`. */
export interface DefinedKind<I, S, O extends string, L> extends StageKind<StageServices> {
  readonly [types]?: { readonly inputs: I; readonly settings: S; readonly outputs: O; readonly load: L }
}

/** The `run` that a kind needs: `export const run: RunOf<typeof sft> = async ({ settings, inputs, outputs }, services) => …`. */
export type RunOf<K> =
  K extends DefinedKind<infer I, infer S, infer O, unknown>
    ? (stage: RunningStage<I, S, O>, services: StageServices) => Promise<StageReport>
    : never

/** A running stage of a kind, for the functions that its `run` calls. */
export type StageOf<K> = Parameters<RunOf<K>>[0]

/** The `parts` of the module of a kind whose work has parts. */
export type PartsOf<K> = (stage: StageOf<K>) => Promise<PartedWork>

/** `K` if the module that it loads has the `run` that it needs, otherwise the run that is missing. */
export type WithRun<K> =
  K extends DefinedKind<infer _I, infer _S, infer _O, infer L>
    ? L extends () => Promise<infer M>
      ? M extends { readonly run: RunOf<K> }
        ? K
        : { readonly load: () => Promise<{ readonly run: RunOf<K> }> }
      : K
    : K

/** Defines a kind whose stages have processes of their own. */
export function defineKind<
  const I extends Inputs,
  const S extends Settings,
  const O extends string,
  L extends (() => Promise<unknown>) | undefined = undefined,
>(definition: KindDefinition<I, S, O, L>): DefinedKind<I, S, O, L> {
  const { settings, outputs, metrics, doubts, resources, continues, hasParts, load, run, ...rest } = definition
  // What TypeScript infers from the schemas holds of what the checker let pass: here the two meet.
  // The checker asks for outputs, metrics and doubts of the same call.
  const calls = new WeakMap<TypedCall, KindCall<I, S>>()
  const callOf = (call: TypedCall) => {
    const known = calls.get(call)
    if (known !== undefined) return known
    const made = { ...call, inputs: singly(call.inputs, rest.inputs), settings: call.params } as unknown as KindCall<
      I,
      S
    >
    calls.set(call, made)
    return made
  }
  const settingsOf = (params: JsonObject) => params as SettingsOf<I, S>
  const moduleOf = async () => (run === undefined ? ((await load!()) as HeavyHalf<I, S, O>) : { run })
  return {
    ...rest,
    shape: 'stage',
    settings: { properties: settings },
    outputs: (call) => emptyList(call, rest) ?? outputs(callOf(call)),
    ...(metrics && { metrics: (call) => metrics(callOf(call)) }),
    ...(doubts && { doubts: (call) => doubts(callOf(call)) }),
    resources: (params) => resources(settingsOf(params)),
    ...(continues && { continues: (params) => continues(settingsOf(params)) }),
    ...(hasParts && { hasParts: (params) => hasParts(settingsOf(params)) }),
    async load(): Promise<StageModule<StageServices>> {
      const heavy: HeavyHalf<I, S, O> = await moduleOf()
      const { parts } = heavy
      return {
        run: (stage, services) => heavy.run(running(stage, rest.inputs, settings), services),
        ...(parts && { parts: (stage) => parts(running(stage, rest.inputs, settings)) }),
      }
    },
  }
}

/** A stage with the types of its definition. */
function running<I extends Inputs, S extends Settings, O extends string>(stage: StageRun, inputs: I, settings: S) {
  const named = Object.entries(settings).filter(([, { files, optional }]) => files && !optional)
  return {
    ...stage,
    settings: stage.params,
    inputs: singly(stage.inputs, inputs),
    files: { ...Object.fromEntries(named.map(([name]) => [name, []])), ...stage.files },
  } as unknown as RunningStage<I, S, O>
}

/** The first list of artefacts that a call needs and that is empty; not that of `rest`, whose kinds say so in words of their own. */
function emptyList(
  { inputs }: TypedCall,
  { inputs: specs, rest }: { readonly inputs: Inputs; readonly rest?: string },
): Misfit | undefined {
  for (const [role, { list, optional }] of Object.entries(specs))
    if (list && !optional && role !== rest && (inputs[role] ?? []).length === 0)
      return {
        code: 'invalid-setting',
        at: role,
        message: `\`${role}\` is an empty list, and needs at least one`,
        help: 'Put the stage in an `if` if the list may be empty.',
      }
  return undefined
}

/** The one of each role that takes one, and the lists of the others. */
function singly<T>(byRole: Readonly<Record<string, readonly T[]>>, specs: Inputs) {
  const found: Record<string, T | readonly T[] | undefined> = {}
  for (const [role, spec] of Object.entries(specs)) if (spec.list || spec.mixes) found[role] = []
  for (const [role, all] of Object.entries(byRole)) found[role] = specs[role]?.list || specs[role]?.mixes ? all : all[0]
  return found
}

/** The definition of a kind that runs inside `documents`. */
interface PassDefinition<I, S> extends Described<I, S> {
  outputs(call: KindCall<I, S>): readonly OutputType[] | Misfit
}

interface DocumentDefinition<I, S> extends PassDefinition<I, S> {
  /** Loads what the kind does to each document. */
  step(): Promise<StepMaker>
}

export interface DocumentKind extends StageKind<StageServices> {
  readonly shape: 'document'
  step(): Promise<StepMaker>
}

/** Defines a kind that maps each document by itself. */
export function defineDocumentKind<const I extends Inputs, const S extends Settings>({
  step,
  ...definition
}: DocumentDefinition<I, S>): DocumentKind {
  return { ...inPass(definition, 'document'), shape: 'document', step }
}

/** Defines a kind that reads documents from files. */
export function defineSource<const I extends Inputs, const S extends Settings>(definition: PassDefinition<I, S>) {
  return inPass(definition, 'source')
}

function inPass<I extends Inputs, S extends Settings>(
  { settings, outputs, ...rest }: PassDefinition<I, S>,
  shape: Shape,
): StageKind<StageServices> {
  const callOf = (call: TypedCall) =>
    ({ ...call, inputs: singly(call.inputs, rest.inputs), settings: call.params }) as unknown as KindCall<I, S>
  return { ...rest, shape, settings: { properties: settings }, outputs: (call) => outputs(callOf(call)) }
}
