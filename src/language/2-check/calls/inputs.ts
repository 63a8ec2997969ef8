/** Inputs: the artefacts that arguments give to the roles of a call. */

import type { Span } from '../../../../grammar/span.ts'
import type { ArtefactKind, ArtefactType } from '../../../core/artefact.ts'
import type { InputSpec } from '../../../core/kind/setting.ts'
import type { Json } from '../../../core/values/json.ts'
import * as artefacts from '../../messages/artefacts.generated.ts'
import { pretrainFromWeights } from '../../messages/more.ts'
import type { ValueRef } from '../../program.ts'
import { type Env, report, sourceOf, type Thunk } from '../env.ts'
import { force } from '../evaluate.ts'
import { reportSeveral } from '../sweeps/selection.ts'
import { inWords, kindInWords, type Value } from '../values/values.ts'
import { isMixture, takeMixture } from './mixture.ts'

/** The inputs of a call, by role. */
export interface Inputs {
  readonly refs: Record<string, readonly ValueRef[]>
  readonly types: Record<string, readonly ArtefactType[]>
  /** Settings that belong to inputs: models, which are not outputs of calls, and the names of the artefacts in a list. */
  readonly params: Record<string, Json>
}

export function noInputs(): Inputs {
  return { refs: {}, types: {}, params: {} }
}

/** Adds the artefacts of an argument to a role. Returns `false` if one of them does not fit, which is reported. */
export function takeInput(
  env: Env,
  callee: string,
  role: string,
  spec: InputSpec,
  thunk: Thunk,
  inputs: Inputs,
  spans: Record<string, Span>,
): boolean {
  const value = force(thunk)
  if (value.type === 'unknown') return false
  if (spec.mixes && isMixture(value)) return takeMixture(env, value, thunk.span, { callee, role, spec, inputs, spans })
  if (value.type === 'variants' && !spec.list) {
    reportSeveral(env, value, thunk.span)
    return false
  }
  if (value.type === 'list' && !spec.list) {
    const help = spec.mixes ? { help: 'Give each its share: `mix(web: 70%, code: 30%)`.' } : {}
    report(env, artefacts.oneWanted(thunk.span, { role }, help))
    return false
  }
  let fits = true
  for (const { item, span, name } of itemsOf(value, thunk.span)) {
    const taken = fitting(env, callee, spec, item, span)
    if (taken === undefined) fits = false
    else add(inputs, role, taken, spec.named ? (name ?? sourceOf(env, span).replace(/\s+/g, ' ')) : undefined)
  }
  return fits
}

interface Item {
  readonly item: Value
  readonly span: Span
  /** The name of one of several variants, which is not the text at `span`. */
  readonly name?: string
}

/** The items of a list, with variants one by one; for any other value, the value itself. */
function itemsOf(value: Value, span: Span): Item[] {
  if (value.type === 'list') return value.items.flatMap((item, index) => itemsOf(item, value.spans[index] ?? span))
  if (value.type === 'variants') return value.members.map(({ name, value: item }) => ({ item, span, name }))
  return [{ item: value, span }]
}

type ArtefactValue = Extract<Value, { type: 'artefact' | 'model' }>

function add({ refs, types, params }: Inputs, role: string, value: ArtefactValue, name: string | undefined): void {
  types[role] = [...(types[role] ?? []), value.artefact]
  if (value.type === 'model') params[role] = { model: value.digest, $name: value.name, $arguments: value.arguments }
  else refs[role] = [...(refs[role] ?? []), value.ref]
  if (name !== undefined) params[`$${role}`] = [...((params[`$${role}`] as Json[] | undefined) ?? []), name]
}

/** The artefact that a value is, if an input takes it; otherwise `undefined`, which is reported. */
export function fitting(
  env: Env,
  callee: string,
  spec: InputSpec,
  value: Value,
  span: Span,
): ArtefactValue | undefined {
  if (value.type === 'unknown') return undefined
  if ((value.type === 'artefact' || value.type === 'model') && spec.kinds.includes(value.artefact.kind)) return value
  const expected = spec.kinds.map(kindInWords).join(' or ')
  const help = wayBetween(value, spec.kinds)
  const words = { callee, expected, got: inWords(value) }
  report(env, artefacts.wrongArtefact(span, words, help === undefined ? {} : { help }))
  return undefined
}

/** The help for an artefact of the wrong kind: the step that is most often forgotten between the two kinds. */
function wayBetween(value: Value, wanted: readonly ArtefactKind[]): string | undefined {
  if (isMixture(value))
    return wanted.includes('Tokens')
      ? 'Only what `pretrain` learns from, `on`, can be a mixture. Join documents to measure on them together: `concat(web, code) |> encode(tokenizer)`. For a loss of each, measure the model on each: `evaluate(base, on: web)`.'
      : 'Only the tokens that `pretrain` learns from, `on`, can be a mixture. Join documents in their natural proportions with `concat(web, code)`.'
  const got = value.type === 'artefact' || value.type === 'model' ? value.artefact.kind : undefined
  if (got === 'Docs' && wanted.includes('Tokens')) return 'Encode the documents first: `|> encode(tokenizer)`.'
  if (got === 'Model' && wanted.includes('Weights')) return 'Train the model first: `stage base = pretrain(…)`.'
  if (got === 'Weights' && wanted.includes('Model')) return pretrainFromWeights
  if (got === 'Docs' && wanted.includes('Pairs')) return 'Make pairs of the documents first: `|> pair(…)`.'
  if (value.type === 'string' && wanted.includes('Docs')) return 'Read the files first: `read("…")`.'
  return undefined
}
