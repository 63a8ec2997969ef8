/** A call of a stage kind: its arguments become inputs and settings, and its outputs get their types. */

import type { Span } from '../../../../grammar/span.ts'
import type { CallExpression } from '../../../../grammar/syntax.ts'
import type { StageKind, TypedCall } from '../../../core/kind/kind.ts'
import type { Json } from '../../../core/values/json.ts'
import type { Matched } from '../../arguments.ts'
import type { CheckedCall } from '../../program.ts'
import { filesOfLists } from '../documents/lists.ts'
import type { Env, Thunk } from '../env.ts'
import { knownMetrics } from '../results/metrics.ts'
import { elaborateSources } from '../settings/collections.ts'
import { checkRanges } from '../settings/ranges.ts'
import { elaborateSetting } from '../settings/settings.ts'
import { unknown, type Value } from '../values/values.ts'
import { type Inputs, noInputs, takeInput } from './inputs.ts'
import { calleeOf } from './kind-callee.ts'
import { match } from './match.ts'
import { isMisfit, reportDoubt, reportMisfit, type Where } from './misfits.ts'
import { addCall, type CallPlace, referenceFor } from './record.ts'

/** The outputs of a call of `kind`; the program gets the call if nothing is wrong with it. */
export function callKind(
  env: Env,
  kind: StageKind,
  call: CallExpression,
  piped: Thunk | undefined,
  boundTo: readonly string[],
  span: Span,
): readonly Value[] {
  const matched = withListAsRest(kind, match(env, calleeOf(kind), call, piped))
  const spans: Record<string, Span> = {}
  const inputs = takeInputs(env, kind, matched, spans)
  const settings = takeSettings(env, kind, call, matched, inputs ?? noInputs(), spans)
  if (!matched.fits || !inputs || !settings) return [unknown]

  const typed = typedCall(env, kind, inputs, settings, boundTo)
  const outputs = kind.outputs(typed)
  const where: Where = { call, kind, matched, spans: settings.spans }
  if (isMisfit(outputs)) {
    reportMisfit(env, outputs, where)
    return [unknown]
  }
  for (const doubt of kind.doubts?.(typed) ?? []) reportDoubt(env, doubt, where)
  const { hints, files, spans: settingSpans } = settings
  const custom = kind.code === undefined ? {} : { custom: kind }
  const metrics = kind.metrics?.(typed)
  const called = { kind: kind.name, ...custom, boundTo, ...(metrics === undefined ? {} : { metrics }) }
  return addCall(env, {
    ...called,
    params: typed.params,
    hints,
    files,
    inputs: inputs.refs,
    outputs,
    span,
    settingSpans,
  })
}

/** The view of a call that the functions of its kind receive. */
function typedCall(
  env: Env,
  kind: StageKind,
  inputs: Inputs,
  settings: Settings,
  boundTo: readonly string[],
): TypedCall {
  return {
    inputs: inputs.types,
    params: { ...settings.params, ...inputs.params },
    names: Math.max(1, boundTo.length),
    self: referenceFor(env.checker, placeOf(env), kind.name, boundTo),
    graphOf: (model) => env.checker.models.get(model)?.graph,
    specialTokens: (tokenizer) => env.checker.tokenizers.get(tokenizer)?.special,
    tokenizerSize: (tokenizer) => env.checker.tokenizers.get(tokenizer)?.size,
    metricsOf: (role) => (inputs.refs[role] ?? []).map((ref) => knownMetrics(env.checker, ref)),
  }
}

function placeOf({ checker, module, within }: Env): CallPlace {
  return { within, file: module === checker.entry ? undefined : module.file }
}

/** `redact([emails])` is `redact(emails)`: a single list may stand for all positional arguments. */
function withListAsRest({ rest: name }: StageKind, matched: Matched<Thunk>): Matched<Thunk> {
  const [only, ...others] = matched.rest
  const isList = only?.value.expression?.type === 'list' && others.length === 0
  if (name === undefined || !isList || matched.named.has(name)) return matched
  return { ...matched, named: new Map([...matched.named, [name, only]]), rest: [] }
}

/** The artefacts that a call takes; `undefined` if one of them does not fit. */
function takeInputs(
  env: Env,
  kind: StageKind,
  { named, rest }: Matched<Thunk>,
  spans: Record<string, Span>,
): Inputs | undefined {
  const inputs = noInputs()
  let fits = true
  for (const [role, spec] of Object.entries(kind.inputs)) {
    const given = named.get(role)
    const arguments_ = given ? [given] : role === kind.rest ? rest : []
    for (const { value } of arguments_) if (!takeInput(env, kind.name, role, spec, value, inputs, spans)) fits = false
  }
  return fits ? inputs : undefined
}

interface Settings {
  readonly params: Record<string, Json>
  readonly hints: Record<string, Json>
  readonly files: Record<string, CheckedCall['files'][string]>
  readonly spans: Record<string, Span>
}

const noRest: readonly Thunk[] = []

/** The settings of a call, defaults included; `undefined` if one of them does not fit. */
function takeSettings(
  env: Env,
  kind: StageKind,
  call: CallExpression,
  { named, rest: others }: Matched<Thunk>,
  inputs: Inputs,
  spans: Record<string, Span>,
): Settings | undefined {
  const settings: Settings = { params: {}, hints: {}, files: {}, spans }
  // Only passes over documents read the lists of conditions.
  const lists = kind.shape === 'document' ? { lists: [] } : {}
  let fits = true
  for (const [name, schema] of Object.entries(kind.settings.properties)) {
    const given = named.get(name)?.value
    const rest = name === kind.rest ? others.map(({ value }) => value) : noRest
    const into = schema.hint ? settings.hints : settings.params
    // Of all the settings of a kind, a call gives a few.
    if (given === undefined && rest.length === 0) {
      if (schema.default !== undefined && !schema.keepsKeys) into[name] = schema.default
      continue
    }
    const path = { path: name, callee: kind.name, spans: settings.spans, labels: settings.params, inputs, ...lists }
    let value: Json | undefined
    if (given && schema.files) {
      const files = elaborateSources(env, name, given, schema, path)
      if (files) settings.files[name] = files
      else fits = false
      settings.spans[name] = given.span
      continue
    }
    if (given) value = elaborateSetting(env, schema, given, path)
    else {
      const items = rest.map((thunk, index) =>
        elaborateSetting(env, schema.items ?? schema, thunk, { ...path, path: `${name}.${index}` }),
      )
      settings.spans[name] = rest[0]?.span ?? call.span
      value = items.includes(undefined) ? undefined : (items as Json[])
    }
    if (value === undefined) fits = false
    else if (!schema.keepsKeys || value !== schema.default) into[name] = value
  }
  Object.assign(settings.files, filesOfLists(lists))
  const all = { ...settings.params, ...settings.hints }
  const inRange = checkRanges(env, kind.settings, all, '', settings.spans, call.callee.span)
  return fits && inRange ? settings : undefined
}
