/** `base[lr=3e-4, layers=2]` selects variants by their values; several variants where one is expected are reported. */

import type { Span } from '../../../../grammar/span.ts'
import type { Expression, Selection } from '../../../../grammar/syntax.ts'
import { didYouMean } from '../../messages/more.ts'
import * as say from '../../messages/sweeps.generated.ts'
import { type Env, report, sourceOf } from '../env.ts'
import { evaluate } from '../evaluate.ts'
import { unknown, type Value, type Variants } from '../values/values.ts'
import { textOfGroup } from './loop-values.ts'

/** The variant that has these values; if several have them, all of these. */
export function evaluateSelection(env: Env, expression: Extract<Expression, { type: 'select' }>): Value {
  const { object, entries } = expression
  let value = evaluate(env, object)
  if (value.type === 'unknown') return unknown
  const name = sourceOf(env, object.span)
  if (value.type !== 'variants') {
    const inside =
      env.loop !== undefined && object.type === 'name' && (env.module.scope.get(object.name)?.loops.length ?? 0) > 0
    const way = inside
      ? `Inside its \`for\`, \`${name}\` is the variant at hand; the others are there outside.`
      : 'Leave the brackets out.'
    report(env, say.notVariants(object.span, { name, way }))
    return unknown
  }
  const all = value
  for (const entry of entries) {
    const left = narrowed(env, all, value.type === 'variants' ? value.members : [], entry)
    if (left === undefined) return unknown
    value = { ...all, members: left }
  }
  const { members } = value as Variants
  return members.length === 1 ? members[0]!.value : value
}

/** The members that have the value of an entry; `undefined` if there are none, which is reported. */
function narrowed(
  env: Env,
  all: Variants,
  members: Variants['members'],
  entry: Selection,
): Variants['members'] | undefined {
  const { name, value: expression, span } = entry
  const { variables } = all
  if (!variables.includes(name.name)) {
    const got = `a variable \`${name.name}\``
    report(env, say.noVariant(name.span, { name: all.name, got }, didYouMean(name.name, variables)))
    return undefined
  }
  const wanted = evaluate(env, expression)
  if (wanted.type === 'unknown') return undefined
  const left = members.filter(({ row }) => isSame(row.get(name.name)?.value, wanted))
  if (left.length > 0) return left
  const known = [...new Set(members.map(({ row }) => row.get(name.name)?.text ?? ''))]
  const help = `There ${known.length === 1 ? 'is' : 'are'} ${known.map((text) => `${name.name}=${text}`).join(', ')}.`
  report(env, say.noVariant(span, { name: all.name, got: sourceOf(env, span) }, { help }))
  return undefined
}

function isSame(a: Value | undefined, b: Value): boolean {
  if (a?.type === 'group' && b.type === 'group') return textOfGroup(a) === textOfGroup(b)
  return a !== undefined && a.type === b.type && 'value' in a && 'value' in b && a.value === b.value
}

/** Reports several variants where one is expected, and says how to select one. */
export function reportSeveral(env: Env, { name, members }: Variants, span: Span): Value {
  const one = members[0]
  const kind = one?.value.type === 'artefact' ? one.value.artefact.kind : undefined
  const best =
    kind === 'Weights' || kind === 'Reward' ? `, or the best of them, \`best(${sourceOf(env, span)}, by: …)\`` : ''
  const way = `Take one, \`${one?.name ?? name}\`${best}.`
  report(env, say.severalVariants(span, { name, count: `${members.length}`, way }))
  return unknown
}
