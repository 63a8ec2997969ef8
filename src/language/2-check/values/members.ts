/** Members and elements of values: `bpe.size`, `optimizer.lr`, `list[0]`. */

import type { Span } from '../../../../grammar/span.ts'
import type { Expression } from '../../../../grammar/syntax.ts'
import { didYouMean } from '../../messages/more.ts'
import * as names from '../../messages/names.generated.ts'
import * as settings from '../../messages/settings.generated.ts'
import { type Env, report } from '../env.ts'
import { evaluate } from '../evaluate.ts'
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
  if (value.type === 'group') {
    const entries = [...value.call.arguments, ...(value.call.block ?? [])]
    const entry = entries.find((each) => each.name?.name === member)
    if (entry !== undefined) return evaluate(value.env, entry.value)
    const known = entries.flatMap((each) => (each.name ? [each.name.name] : []))
    report(env, names.unknownMember(span, { object: inWords(value), member }, didYouMean(member, known)))
    return unknown
  }
  report(env, names.unknownMember(span, { object: inWords(value), member }, { help: membersOf(value) }))
  return unknown
}

/** The members of a value, in a sentence. */
function membersOf(value: Value): string {
  if (value.type !== 'artefact') return 'Only tokenizers and groups of values have members here.'
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
