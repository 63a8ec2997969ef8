/** Members and elements of values: `bpe.size`, `optimizer.lr`, `list[0]`. */

import type { Span } from '../../../../grammar/span.ts'
import type { Expression } from '../../../../grammar/syntax.ts'
import type { ArtefactTypeOf } from '../../../core/artefact.ts'
import { modelSize } from '../../../model/estimates/size.ts'
import { didYouMean } from '../../messages/more.ts'
import * as names from '../../messages/names.generated.ts'
import * as settings from '../../messages/settings.generated.ts'
import { type Env, report } from '../env.ts'
import { evaluate } from '../evaluate.ts'
import { entriesOf, memberOf } from '../settings/inherit.ts'
import { reportSeveral } from '../sweeps/selection.ts'
import { inWords, unknown, type Value } from './values.ts'

export function evaluateMember(env: Env, object: Expression, member: string, span: Span): Value {
  const value = evaluate(env, object)
  if (value.type === 'unknown') return unknown
  if (value.type === 'variants') return reportSeveral(env, value, object.span)
  if (value.type === 'artefact' && value.artefact.kind === 'Tokenizer' && member === 'size') {
    const { size, tokenizer } = value.artefact
    if (typeof size === 'number') return { type: 'number', value: size, unit: 'count' }
    return { type: 'size', tokenizer, name: object.type === 'name' ? object.name : tokenizer }
  }
  if (value.type === 'model') return memberOfModel(env, value, member, span)
  if (value.type === 'group') {
    const found = memberOf(value, member)
    if (found !== undefined) return evaluate(found.env, found.value)
    const known = entriesOf(value).flatMap(({ entry }) => (entry.name ? [entry.name.name] : []))
    report(env, names.unknownMember(span, { object: inWords(value), member }, didYouMean(member, known)))
    return unknown
  }
  report(env, names.unknownMember(span, { object: inWords(value), member }, { help: membersOf(value) }))
  return unknown
}

/** The number of parameters of a model, or an argument of its architecture: `gpt.parameters`, `gpt.dim`. */
function memberOfModel(env: Env, value: Extract<Value, { type: 'model' }>, member: string, span: Span): Value {
  const spec = env.checker.models.get(value.digest)
  const { vocab } = value.artefact as ArtefactTypeOf<'Model'>
  if (spec !== undefined && member === 'parameters') {
    const { known, perToken } = modelSize(spec.graph)
    if (perToken === 0) return { type: 'number', value: known, unit: 'count' }
    const help = 'The parameters depend on the vocabulary: give the tokenizer a `vocab:`, or the model a number.'
    report(env, settings.sizeUnknown(span, { name: '' }, { help }))
    return unknown
  }
  if (member === 'vocab' && typeof vocab !== 'number')
    return { type: 'size', tokenizer: vocab.sizeOf, name: vocab.sizeOf }
  const argument = Object.hasOwn(value.arguments, member) ? value.arguments[member] : undefined
  if (typeof argument === 'number') return { type: 'number', value: argument, unit: 'none' }
  if (typeof argument === 'boolean') return { type: 'boolean', value: argument }
  if (typeof argument === 'string') return { type: 'string', value: argument, base: '.' }
  const known = ['parameters', ...Object.keys(value.arguments)]
  const list = `It has ${known.join(', ')}.`
  report(env, names.unknownMember(span, { object: inWords(value), member }, didYouMean(member, known, list)))
  return unknown
}

/** The members of a value, in a sentence. */
function membersOf(value: Value): string {
  if (value.type !== 'artefact') return 'Tokenizers, models and groups of values have members here.'
  if (value.artefact.kind === 'Tokenizer') return 'A tokenizer has a `size`.'
  return 'Its metrics are known once it has run: they can be read in `expect`.'
}

export function evaluateIndex(env: Env, object: Expression, index: Expression, span: Span): Value {
  const list = evaluate(env, object)
  const at = evaluate(env, index)
  if (list.type === 'unknown' || at.type === 'unknown') return unknown
  if (list.type === 'list' && at.type === 'number') {
    const item = list.items[at.value]
    if (item !== undefined) return item
    report(env, settings.noNumber(span, { problem: `the list has ${list.items.length} items, counted from 0` }))
    return unknown
  }
  const words = { operator: '`[…]`', left: inWords(list), right: inWords(at) }
  report(env, settings.wrongOperands(span, words))
  return unknown
}
