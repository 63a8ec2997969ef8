/** A call of a kind of stage: its arguments become inputs and settings, and its outputs get their types. */

import { nearest } from '../../../grammar/nearest.ts'
import type { Span } from '../../../grammar/span.ts'
import type { CallExpression } from '../../../grammar/syntax.ts'
import type { ArtefactType } from '../../core/artefact.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Json } from '../../core/json.ts'
import type { Doubt, Misfit, StageKind } from '../../core/kind.ts'
import * as artefacts from '../messages/artefacts.generated.ts'
import { settingElsewhere } from '../messages/habits.ts'
import { didYouMean, type More } from '../messages/more.ts'
import * as say from '../messages/settings.generated.ts'
import type { CheckedCall } from '../program.ts'
import { type Env, report, type Thunk } from './env.ts'
import { force } from './evaluate.ts'
import { type Inputs, noInputs, takeInput } from './inputs.ts'
import { knownMetrics } from './metrics.ts'
import { checkRanges } from './ranges.ts'
import { addCall, referenceFor } from './record.ts'
import { elaborateSetting } from './settings.ts'
import { inWords, unknown, type Value } from './values.ts'

interface Given {
  readonly thunk: Thunk
  /** The whole argument, name and all. */
  readonly at: Span
}

interface Bound {
  readonly named: ReadonlyMap<string, Given>
  readonly rest: readonly Thunk[]
  /** What arguments with unknown names seem to be meant for: not reported as missing too. */
  readonly meant: ReadonlySet<string>
  readonly fits: boolean
}

export function callKind(
  env: Env,
  kind: StageKind,
  call: CallExpression,
  piped: Thunk | undefined,
  boundTo: readonly string[],
  span: Span,
): readonly Value[] {
  const bound = bindArguments(env, kind, call, piped)
  const inputs = takeInputs(env, kind, call, bound)
  const settings = takeSettings(env, kind, call, bound, inputs ?? noInputs())
  if (!bound.fits || !inputs || !settings) return [unknown]

  const self = referenceFor(env, kind.name, boundTo)
  const params = { ...settings.params, ...inputs.params }
  const specialTokens = (tokenizer: string) => declaredTokenizer(env, tokenizer)?.special
  const names = Math.max(1, boundTo.length)
  const metricsOf = (role: string) => (inputs.refs[role] ?? []).map((ref) => knownMetrics(env.checker, ref))
  const tokenizerSize = (tokenizer: string) => declaredTokenizer(env, tokenizer)?.size
  const graphOf = (model: string) => env.checker.models.get(model)?.graph
  const typed = { inputs: inputs.types, params, names, self, graphOf, specialTokens, tokenizerSize, metricsOf }
  const outputs = kind.outputs(typed)
  if (isMisfit(outputs)) {
    reportMisfit(env, outputs, call, bound, kind, settings.spans)
    return [unknown]
  }
  for (const doubt of kind.doubts?.(typed) ?? []) reportDoubt(env, doubt, call, bound, settings.spans)
  const { hints, files, spans: settingSpans } = settings
  const taken = inputs.refs
  const own = kind.code === undefined ? {} : { own: kind }
  const metrics = kind.metrics?.(typed)
  const called = { kind: kind.name, ...own, boundTo, ...(metrics === undefined ? {} : { metrics }) }
  return addCall(env, { ...called, params, hints, files, inputs: taken, outputs, span, settingSpans })
}

/** The type of a tokenizer, as its declaration gives it. */
function declaredTokenizer(env: Env, tokenizer: string): Extract<ArtefactType, { kind: 'Tokenizer' }> | undefined {
  for (const { outputs } of env.checker.calls)
    for (const { type } of outputs) if (type.kind === 'Tokenizer' && type.tokenizer === tokenizer) return type
  return undefined
}

function isMisfit(outputs: ReturnType<StageKind['outputs']>): outputs is Misfit {
  return 'code' in outputs
}

/** Which argument goes where: by name, by place, or among the rest. */
function bindArguments(env: Env, kind: StageKind, call: CallExpression, piped: Thunk | undefined): Bound {
  const named = new Map<string, Given>()
  const rest: Thunk[] = []
  const meant = new Set<string>()
  let fits = true
  let place = 0
  const give = (name: string, given: Given, at: Span) => {
    const first = named.get(name)
    if (first === undefined) named.set(name, given)
    else {
      report(env, say.duplicateArgument(at, { name }, { related: [{ span: first.at, label: 'first here' }] }))
      fits = false
    }
  }
  const next = (thunk: Thunk) => {
    const name = kind.positional[place]
    // What the rest takes may also be listed by place: then the first of it has a place, and the others follow.
    if (name !== undefined && name !== kind.rest) {
      place++
      give(name, { thunk, at: thunk.span }, thunk.span)
    } else if (kind.rest !== undefined) rest.push(thunk)
    else {
      const most = kind.positional.length === 0 ? 'nothing by place' : `${kind.positional.length} by place`
      report(env, say.tooManyArguments(thunk.span, { callee: kind.name, most }))
      fits = false
    }
  }
  if (piped) next(piped)
  for (const argument of [...call.arguments, ...(call.block ?? [])]) {
    const thunk: Thunk = { span: argument.value.span, expression: argument.value, env }
    const name = argument.name?.name
    if (name === undefined) next(thunk)
    else if (Object.hasOwn(kind.inputs, name) || Object.hasOwn(kind.settings.properties, name))
      give(name, { thunk, at: argument.span }, argument.name?.span ?? argument.span)
    else {
      const known = [...Object.keys(kind.inputs), ...Object.keys(kind.settings.properties)]
      const at = argument.name?.span ?? argument.span
      const elsewhere = settingElsewhere(kind.name, name, kind.settings.properties)
      const list = `\`llmpipe kinds ${kind.name}\` lists its settings.`
      const more =
        elsewhere === undefined ? didYouMean(name, known, known.length > 12 ? list : undefined) : { help: elsewhere }
      report(env, say.unknownSetting(at, { callee: kind.name, setting: name }, more))
      meant.add(nearest(name, known) ?? '')
      fits = false
    }
  }
  // `redact([emails])` is `redact(emails)`: a list that is all the rest there is.
  const [only] = rest
  if (kind.rest !== undefined && only?.expression?.type === 'list' && rest.length === 1 && !named.has(kind.rest)) {
    named.set(kind.rest, { thunk: only, at: only.span })
    rest.pop()
  }
  const listed = kind.rest === undefined ? undefined : named.get(kind.rest)
  const extra = rest[0]
  if (listed && extra) {
    const related = [{ span: listed.at, label: 'first here' }]
    report(env, say.duplicateArgument(extra.span, { name: kind.rest ?? '' }, { related }))
    fits = false
  }
  return { named, rest, meant, fits }
}

function takeInputs(env: Env, kind: StageKind, call: CallExpression, bound: Bound): Inputs | undefined {
  const inputs = noInputs()
  let fits = true
  for (const [role, spec] of Object.entries(kind.inputs)) {
    const given = bound.named.get(role)
    const thunks = given ? [given.thunk] : role === kind.rest ? bound.rest : []
    if (thunks.length === 0) {
      if (!spec.optional && !bound.meant.has(role)) {
        const words = { callee: kind.name, role, description: spec.description }
        report(env, artefacts.missingInput(call.callee.span, words))
        fits = false
      }
      continue
    }
    for (const thunk of thunks) if (!takeInput(env, kind.name, role, spec, thunk, inputs)) fits = false
  }
  return fits ? inputs : undefined
}

interface Settings {
  readonly params: Record<string, Json>
  readonly hints: Record<string, Json>
  readonly files: Record<string, CheckedCall['files'][string]>
  readonly spans: Record<string, Span>
}

function takeSettings(
  env: Env,
  kind: StageKind,
  call: CallExpression,
  bound: Bound,
  inputs: Inputs,
): Settings | undefined {
  const settings: Settings = { params: {}, hints: {}, files: {}, spans: {} }
  let fits = true
  for (const [name, schema] of Object.entries(kind.settings.properties)) {
    const place = { path: name, callee: kind.name, spans: settings.spans, labels: settings.params, inputs }
    const given = bound.named.get(name)
    const rest = name === kind.rest ? bound.rest : []
    const into = schema.hint ? settings.hints : settings.params
    let value: Json | undefined
    if (given && schema.files) {
      const files = filesOf(env, name, given.thunk, schema.within)
      if (files) settings.files[name] = files
      else fits = false
      settings.spans[name] = given.thunk.span
      continue
    }
    if (given) value = elaborateSetting(env, schema, given.thunk, place)
    else if (rest.length > 0) {
      const items = rest.map((thunk, index) =>
        elaborateSetting(env, schema.items ?? schema, thunk, { ...place, path: `${name}.${index}` }),
      )
      settings.spans[name] = rest[0]?.span ?? call.span
      value = items.includes(undefined) ? undefined : (items as Json[])
    } else {
      if (schema.default !== undefined) into[name] = schema.default
      else if (!schema.optional && !bound.meant.has(name)) {
        const words = { callee: kind.name, setting: name, description: schema.description }
        report(env, say.missingSetting(call.callee.span, words))
        fits = false
      }
      continue
    }
    if (value === undefined) fits = false
    else into[name] = value
  }
  const all = { ...settings.params, ...settings.hints }
  const inRange = checkRanges(env, kind.settings, all, '', settings.spans, call.callee.span)
  return fits && inRange ? settings : undefined
}

/** Patterns of files, and the folder that the place which wrote them stands in. */
function filesOf(
  env: Env,
  name: string,
  thunk: Thunk,
  within: readonly string[] | undefined,
): Settings['files'][string] | undefined {
  const value = force(thunk)
  if (value.type === 'unknown') return undefined
  const items = value.type === 'list' ? value.items : [value]
  const patterns: string[] = []
  let base: string | undefined
  for (const item of items) {
    if (item.type !== 'string') {
      if (item.type !== 'unknown') {
        const words = { setting: `\`${name}\``, expected: 'a path, a pattern or a list of them', got: inWords(item) }
        report(env, say.wrongType(thunk.span, words))
      }
      return undefined
    }
    base ??= item.base
    // All patterns of a setting share one folder; those written elsewhere are told from it.
    const path = item.base === base ? item.value : rebase(item.value, item.base, base)
    patterns.push(...(within?.map((file) => `${path.replace(/\/+$/, '')}/${file}`) ?? [path]))
  }
  return { patterns, base: base ?? '.' }
}

function rebase(pattern: string, from: string, to: string): string {
  if (pattern.startsWith('/')) return pattern
  const up = to === '.' ? [] : to.split('/').map(() => '..')
  return [...up, ...(from === '.' ? [] : [from]), pattern].join('/')
}

/** What the kind itself found not to fit, at both places. */
function reportMisfit(
  env: Env,
  misfit: Misfit,
  call: CallExpression,
  bound: Bound,
  kind: StageKind,
  spans: Readonly<Record<string, Span>>,
): void {
  const placeOf = (name: string): Span | undefined =>
    bound.named.get(name)?.thunk.span ?? (name === kind.rest ? bound.rest[0]?.span : spans[name])
  const span = placeOf(misfit.at) ?? call.callee.span
  const other = misfit.other === undefined ? undefined : placeOf(misfit.other)
  const message = /[.!?]$/.test(misfit.message) ? misfit.message : `${misfit.message}.`
  const more = {
    ...(misfit.help === undefined ? {} : { help: misfit.help }),
    ...(other === undefined ? {} : { related: [{ span: other, label: `\`${misfit.other}\` is here` }] }),
  }
  report(env, misfitSays[misfit.code](span, message, misfit.at, more))
}

function reportDoubt(
  env: Env,
  { at, message, help }: Doubt,
  call: CallExpression,
  bound: Bound,
  spans: Readonly<Record<string, Span>>,
): void {
  const span = spans[at] ?? bound.named.get(at)?.thunk.span ?? call.callee.span
  report(env, say.doubtfulSetting(span, { message }, { label: `\`${at}\``, ...(help === undefined ? {} : { help }) }))
}

const misfitSays: {
  readonly [C in Misfit['code']]: (span: Span, message: string, at: string, more: More) => Diagnostic
} = {
  'tokenizer-mismatch': (span, message, _, more) => artefacts.tokenizerMismatch(span, { message }, more),
  'vocabulary-mismatch': (span, message, _, more) => artefacts.vocabularyMismatch(span, { message }, more),
  'template-mismatch': (span, message, _, more) => artefacts.templateMismatch(span, { message }, more),
  'wrong-count': (span, message, at, more) => artefacts.wrongCount(span, { message, got: `\`${at}\`` }, more),
  'invalid-setting': (span, message, at, more) =>
    say.invalidSetting(span, { message }, { label: `\`${at}\``, ...more }),
}
