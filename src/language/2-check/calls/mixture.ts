/** Mixtures, where an input takes one: `mix(web: 70%, code: 30%)`, or a list of them for the phases of a training. */

import type { Span } from '../../../../grammar/span.ts'
import type { CallExpression, Identifier } from '../../../../grammar/syntax.ts'
import { type Mixture, type MixturePhase, mixName, mixSettings, shareSetting } from '../../../core/kind/mixture.ts'
import type { InputSpec, SettingsSchema } from '../../../core/kind/setting.ts'
import type { Json } from '../../../core/values/json.ts'
import type { Callee, Matched } from '../../arguments.ts'
import * as say from '../../messages/settings.generated.ts'
import type { ValueRef } from '../../program.ts'
import { type Env, report, type Thunk } from '../env.ts'
import { checkRanges } from '../settings/ranges.ts'
import { elaborateSetting } from '../settings/settings.ts'
import { reportSeveral } from '../sweeps/selection.ts'
import { evaluateName } from '../values/names.ts'
import type { Value } from '../values/values.ts'
import { fitting, type Inputs } from './inputs.ts'
import { calleeOfGroup } from './kind-callee.ts'
import { match } from './match.ts'

/** The role that takes a mixture. */
export interface MixedRole {
  readonly callee: string
  readonly role: string
  readonly spec: InputSpec
  readonly inputs: Inputs
  /** Collects the spans of the parts of the mixture, by their path in the params. */
  readonly spans: Record<string, Span>
}

/** The sources so far, in the order in which they are first named. */
interface Sources {
  readonly refs: ValueRef[]
  readonly names: string[]
}

/** A phase whose sources are known by their index. */
interface Phase {
  readonly from: number
  readonly shares: ReadonlyMap<number, number>
}

/** Whether a value is a mixture, or a list with one. */
export function isMixture(value: Value): boolean {
  return value.type === 'list' ? value.items.some(isMix) : isMix(value)
}

function isMix(value: Value): value is Extract<Value, { type: 'group' }> {
  return value.type === 'group' && value.call.callee.name === mixName
}

/** Adds the sources of a mixture to a role, and their shares to its param. Returns `false` if something is wrong, which is reported. */
export function takeMixture(env: Env, value: Value, span: Span, into: MixedRole): boolean {
  const [items, spans] = value.type === 'list' ? [value.items, value.spans] : [[value], [span]]
  const sources: Sources = { refs: [], names: [] }
  const phases = items.map((item, index) => {
    if (isMix(item)) return phaseOf(item.env, item.call, index, sources, into)
    if (item.type !== 'unknown') report(env, say.phaseWithoutMix(spans[index] ?? span))
    return undefined
  })
  if (phases.includes(undefined)) return false
  const made = phases.flatMap((phase): MixturePhase[] =>
    phase === undefined ? [] : [{ from: phase.from, shares: sources.refs.map((_, i) => phase.shares.get(i) ?? 0) }],
  )
  const mixture: Mixture = { phases: made, $phases: made.map((phase) => inWords(phase, sources.names)).join(', ') }
  into.spans[`${into.role}.phases`] = span
  const { refs, params } = into.inputs
  refs[into.role] = sources.refs
  params[into.role] = mixture as unknown as Json
  params[`$${into.role}`] = sources.names
  return true
}

/** `mix(web: 70%, code: 30%, from: 80%)`; `undefined` if something is wrong with it. */
function phaseOf(env: Env, call: CallExpression, index: number, sources: Sources, into: MixedRole): Phase | undefined {
  const schema = schemaOf(call)
  // The spans of one phase, by paths as people read them: `mix.web`.
  const spans: Record<string, Span> = {}
  const matched = match(env, calleeOf(schema), call, undefined)
  const { values, fits } = valuesOf(env, schema, matched, spans, into)
  const shares = new Map<number, number>()
  let allFit = checkRanges(env, schema, values, mixName, spans, call.span) && fits
  const path = `${into.role}.phases.${index}`
  into.spans[path] = call.span
  into.spans[`${path}.from`] = spans[`${mixName}.from`] ?? call.span
  for (const { name, span } of argumentsOf(call)) {
    if (name === undefined || isSetting(name.name)) continue
    const source = sourceNamed(env, name, sources, into)
    const share = values[name.name]
    if (source === undefined || typeof share !== 'number') allFit = false
    else shares.set(source, share)
    into.spans[`${path}.shares.${source}`] = span
  }
  if (!allFit || !checkShares(env, call, values, shares)) return undefined
  if (typeof values.from === 'number') return { from: values.from, shares }
  const message = 'A mixture that begins after 100% of the training never begins.'
  report(env, say.invalidSetting(spans[`${mixName}.from`] ?? call.span, { message }, { label: '`from`' }))
  return undefined
}

function argumentsOf({ arguments: inside, block = [] }: CallExpression) {
  return [...inside, ...block]
}

function isSetting(name: string): boolean {
  return Object.hasOwn(mixSettings.properties, name)
}

/** The settings of a call: those of every mixture, and a share for each other name. */
function schemaOf(call: CallExpression): SettingsSchema {
  const names = argumentsOf(call).flatMap(({ name }) => (name === undefined ? [] : [name.name]))
  const shares = names.filter((name) => !isSetting(name)).map((name) => [name, shareSetting] as const)
  return { ...mixSettings, properties: { ...Object.fromEntries(shares), ...mixSettings.properties } }
}

function calleeOf(schema: SettingsSchema): Callee {
  return {
    ...calleeOfGroup(mixName, schema),
    most: 'its sources by name',
    tooMany: {
      help: 'Give each source its share: `mix(web: 70%, code: 30%)`. A source is a name: bind it first, `data web = read("…") |> encode(bpe)`.',
    },
  }
}

/** The settings and shares of a call, by name, and whether all have a value. */
function valuesOf(
  env: Env,
  schema: SettingsSchema,
  { named, fits }: Matched<Thunk>,
  spans: Record<string, Span>,
  { callee, inputs }: MixedRole,
) {
  const values: Record<string, Json> = {}
  let allFit = fits
  for (const [name, setting] of Object.entries(schema.properties)) {
    const given = named.get(name)?.value
    const at = { callee, spans, labels: {}, inputs, path: `${mixName}.${name}` }
    const value = given === undefined ? setting.default : elaborateSetting(env, setting, given, at)
    if (value === undefined) allFit = false
    else values[name] = value
  }
  return { values, fits: allFit }
}

/** The index of a source, which is new unless another name or phase has it already; `undefined` if the name is not one of a corpus. */
function sourceNamed(env: Env, { name, span }: Identifier, sources: Sources, into: MixedRole): number | undefined {
  const value = evaluateName(env, name, span)
  if (value.type === 'variants') {
    reportSeveral(env, value, span)
    return undefined
  }
  const corpus = fitting(env, into.callee, into.spec, value, span)
  if (corpus?.type !== 'artefact') return undefined
  const { ref, artefact } = corpus
  const known = sources.refs.findIndex(({ call, output }) => call === ref.call && output === ref.output)
  if (known !== -1) return known
  const { types } = into.inputs
  types[into.role] = [...(types[into.role] ?? []), artefact]
  sources.names.push(name)
  return sources.refs.push(ref) - 1
}

/** How far the sum of shares may be from 1: only by rounding. */
const tolerance = 1e-9

/** Whether the shares of a phase add up to 100%, and each corpus has one name. */
function checkShares(
  env: Env,
  call: CallExpression,
  values: Readonly<Record<string, Json>>,
  shares: ReadonlyMap<number, number>,
): boolean {
  const given = Object.entries(values).flatMap(([name, share]) =>
    isSetting(name) || typeof share !== 'number' ? [] : [{ name, share }],
  )
  if (given.length > shares.size) {
    const message = 'Two of these names are one corpus.'
    report(env, say.invalidSetting(call.span, { message }, { help: 'Name it once, with its whole share.' }))
    return false
  }
  const sum = given.reduce((total, { share }) => total + share, 0)
  if (given.length > 0 && Math.abs(sum - 1) <= tolerance) return true
  const scaled = given.map(({ name, share }) => `${name}: ${percent(share / sum)}`).join(', ')
  const help = given.length === 0 ? {} : { help: `In the same proportions: \`mix(${scaled})\`.` }
  report(env, say.mixtureShares(call.span, { sum: percent(sum) }, help))
  return false
}

/** `mix(web: 70%, code: 30%, from: 80%)`. */
function inWords({ from, shares }: MixturePhase, names: readonly string[]): string {
  const sources = shares.flatMap((share, i) => (share === 0 ? [] : [`${names[i]}: ${percent(share)}`]))
  const start = from === 0 ? [] : [`from: ${from < 1 ? percent(from) : from}`]
  return `${mixName}(${[...sources, ...start].join(', ')})`
}

/** `12.5%`, rounded to hundredths. */
function percent(share: number): string {
  return `${Math.round(share * 1e4) / 100}%`
}
