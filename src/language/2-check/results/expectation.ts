/** `expect base.valid_loss < 4.5`: a test over metrics of finished stages, which is a call of the stage kind `expect`. */

import type { Expression } from '../../../../grammar/syntax.ts'
import { onOneLine } from '../../../../grammar/trivia.ts'
import type { Json } from '../../../core/values/json.ts'
import type { Arithmetic, Comparison } from '../../../core/values/operators.ts'
import { flat } from '../../format/flat.ts'
import * as artefacts from '../../messages/artefacts.generated.ts'
import * as say from '../../messages/settings.generated.ts'
import { kindOf, type ValueRef } from '../../program.ts'
import { addCall } from '../calls/record.ts'
import { type Env, report, sourceOf } from '../env.ts'
import { evaluate } from '../evaluate.ts'
import { reportSeveral } from '../sweeps/selection.ts'
import { inWords, toJson, type Value } from '../values/values.ts'
import { checkMetric, knownMetrics } from './metrics.ts'

/** A test over metrics. `{ op: 'metric', input, name }` reads a metric of the input with that index. */
export type Expectation =
  | { readonly op: 'metric'; readonly input: number; readonly name: string; readonly $name?: string }
  /** `$name`: how the program writes it, if it is not a literal there. */
  | { readonly op: 'literal'; readonly value: number | boolean; readonly $name?: string }
  /** Whether the documents of the input have these texts, in this order. */
  | { readonly op: 'texts'; readonly input: number; readonly texts: readonly string[] }
  /** Whether two values are the same that are neither numbers nor truth values: texts and lists. */
  | { readonly op: 'same'; readonly left: Json; readonly right: Json; readonly $name: string }
  | { readonly op: 'not' | 'negate'; readonly of: Expectation }
  | {
      readonly op: 'and' | 'or' | Comparison | Exclude<Arithmetic, '^'>
      readonly left: Expectation
      readonly right: Expectation
    }
  | { readonly op: 'between'; readonly of: Expectation; readonly from: Expectation; readonly to: Expectation }

/** An artefact whose metrics the test reads, and its name in the test. */
interface Looked {
  readonly ref: ValueRef
  readonly words: string
}

/** Checks an expectation and adds its call. */
export function checkExpectation(env: Env, test: Expression): void {
  const inputs: Looked[] = []
  const before = env.checker.diagnostics.length
  const checked = elaborate(env, test, inputs)
  if (checked === undefined || env.checker.diagnostics.length > before) return
  // In a test, what is known before the run can be wrong too.
  if (inputs.length === 0 && env.module.test === undefined) {
    report(env, artefacts.expectWithoutMetric(test.span))
    return
  }
  if (!isCondition(checked)) {
    report(env, say.conditionUnknown(test.span, { got: 'a number' }))
    return
  }
  // Canonical, because the span of a test lacks the parentheses around its sides.
  const $test = flat(test)
  addCall(env, {
    kind: 'expect',
    boundTo: [],
    params: { test: checked as unknown as Json, $test, $of: inputs.map(({ words }) => words) },
    inputs: { of: inputs.map(({ ref }) => ref) },
    outputs: [{ name: 'out', type: { kind: 'Report' } }],
    span: test.span,
  })
}

function isCondition(test: Expectation): boolean {
  if (test.op === 'literal') return typeof test.value === 'boolean'
  return !['metric', 'negate', '+', '-', '*', '/', '%'].includes(test.op)
}

function elaborate(env: Env, expression: Expression, inputs: Looked[]): Expectation | undefined {
  switch (expression.type) {
    case 'member':
    case 'index':
      return metric(env, expression, inputs, () => literal(env, expression))
    case 'unary': {
      const of = elaborate(env, expression.operand, inputs)
      return of && { op: expression.operator === '-' ? 'negate' : 'not', of }
    }
    case 'binary': {
      const { operator, left, right } = expression
      if (operator === 'in' && right.type === 'range') {
        const of = elaborate(env, left, inputs)
        const from = elaborate(env, right.from, inputs)
        const to = elaborate(env, right.to, inputs)
        return of && from && to && { op: 'between', of, from, to }
      }
      if (operator === 'in' || operator === '^') return literal(env, expression)
      if (operator === '==' || operator === '!=') {
        const same = equality(env, left, right, inputs)
        if (same === undefined || 'op' in same) return same && operator === '!=' ? { op: 'not', of: same } : same
        return { op: operator, left: same.left, right: same.right }
      }
      const a = elaborate(env, left, inputs)
      const b = elaborate(env, right, inputs)
      return a && b && { op: operator, left: a, right: b }
    }
    default:
      return literal(env, expression)
  }
}

/**
 * An equality of documents and texts, or of two values that are not numbers; for any other, its two sides. `undefined` if a side has an
 * error, which is reported.
 */
function equality(
  env: Env,
  left: Expression,
  right: Expression,
  inputs: Looked[],
): Expectation | { readonly left: Expectation; readonly right: Expectation } | undefined {
  const sides = [side(env, left, inputs), side(env, right, inputs)] as const
  const [a, b] = sides
  if (a === undefined || b === undefined) return undefined
  for (const [docs, list, span] of [
    [a, b, left.span],
    [b, a, right.span],
  ] as const) {
    if ('op' in docs || 'op' in list || docs.type !== 'artefact' || docs.artefact.kind !== 'Docs') continue
    const texts =
      list.type === 'list' ? list.items.map((item) => (item.type === 'string' ? item.value : undefined)) : []
    if (list.type !== 'list' || !texts.every((text) => text !== undefined)) continue
    return { op: 'texts', input: looked(inputs, docs.ref, onOneLine(sourceOf(env, span))), texts }
  }
  if (!('op' in a) && !('op' in b) && isTextual(a) && isTextual(b)) {
    const [one, other] = [toJson(a), toJson(b)]
    if (one !== undefined && other !== undefined)
      return { op: 'same', left: one, right: other, $name: onOneLine(sourceOf(env, left.span)) }
  }
  const one = 'op' in a ? a : asLiteral(env, left, a)
  // One message is enough for two sides that do not go together.
  const other = one && ('op' in b ? b : asLiteral(env, right, b))
  return one && other && { left: one, right: other }
}

function isTextual({ type }: Value): boolean {
  return type === 'string' || type === 'list'
}

/** A side of an equality: an expectation, or a value that is not a number of one. */
function side(env: Env, expression: Expression, inputs: Looked[]): Expectation | Value | undefined {
  switch (expression.type) {
    case 'member':
    case 'index':
      return metric<Expectation | Value>(env, expression, inputs, () => evaluate(env, expression))
    case 'unary':
      return elaborate(env, expression, inputs)
    case 'binary': {
      const texts = expression.operator === '+' && [expression.left, expression.right].every(isText)
      return texts ? evaluate(env, expression) : elaborate(env, expression, inputs)
    }
    default:
      return evaluate(env, expression)
  }
}

function isText({ type }: Expression): boolean {
  return type === 'string'
}

/** The index of an artefact among those that the expectation looks at. */
function looked(inputs: Looked[], ref: ValueRef, words: string): number {
  const known = inputs.findIndex((each) => each.ref.call === ref.call && each.ref.output === ref.output)
  return known === -1 ? inputs.push({ ref, words }) - 1 : known
}

/** A metric, `base.valid_loss` or `score.win_rate[aligned]`; the result of `otherwise` for any other member or element. */
function metric<Found = Expectation>(
  env: Env,
  expression: Extract<Expression, { type: 'member' | 'index' }>,
  inputs: Looked[],
  otherwise: () => Found | undefined,
): Expectation | Found | undefined {
  const member = expression.type === 'index' ? expression.object : expression
  if (member.type !== 'member') return otherwise()
  const object = evaluate(env, member.object)
  if (object.type === 'variants') return void reportSeveral(env, object, member.object.span)
  // The size of a tokenizer is a value, not a metric.
  if (object.type !== 'artefact' || (object.artefact.kind === 'Tokenizer' && member.name.name === 'size'))
    return otherwise()
  const { ref } = object
  const name = member.name.name
  const at = expression.type === 'index' ? placeOf(env, ref, sourceOf(env, member.object.span), expression.index) : ''
  if (at === undefined) return undefined
  const of = onOneLine(sourceOf(env, member.object.span))
  const { members, names } = reportedOn(env, ref)
  const input = looked(inputs, ref, of)
  // The metric of a report on one model is that of the model.
  const known = at === '' && members.length === 1 ? knownMetrics(env.checker, ref) : undefined
  if (known?.includes(`${name}[]`) && !known.includes(name))
    return { op: 'metric', input, name: `${name}[0]`, $name: name }
  checkMetric(env, member.name.span, { ref, of, name, indexed: at !== '', models: names })
  if (at === '') return { op: 'metric', input, name }
  return {
    op: 'metric',
    input,
    name: `${name}[${at}]`,
    $name: onOneLine(sourceOf(env, expression.span)).replace(/^.*\./s, ''),
  }
}

/** The index of an artefact in the list that the report is about; `undefined` if it is not in the list, which is reported. */
function placeOf(env: Env, score: ValueRef, of: string, index: Expression): number | undefined {
  const value = evaluate(env, index)
  if (value.type === 'unknown') return undefined
  const { members, names } = reportedOn(env, score)
  const place = value.type === 'number' ? value.value : members.findIndex((member) => isSame(member, value))
  if (members[place] !== undefined) return place
  const help =
    names === undefined ? `Leave out the brackets: a metric of \`${of}\` is one number.` : `It has ${names.join(', ')}.`
  report(env, artefacts.notAmong(index.span, { of, got: sourceOf(env, index.span) }, { help }))
  return undefined
}

/** The models that the report of a call is about, and their names; no members and no names if it is about none in particular. */
function reportedOn(env: Env, score: ValueRef): { members: readonly ValueRef[]; names?: readonly string[] } {
  const call = env.checker.calls[score.call]
  const kind = call && kindOf(call, env.checker.catalogue)
  const hasNames = (role: string) => call?.params[`$${role}`] !== undefined
  const [role] =
    Object.entries(kind?.inputs ?? {}).find(([name, { named, mixes }]) => (named || mixes) && hasNames(name)) ?? []
  if (role === undefined) return { members: [] }
  return { members: call?.inputs[role] ?? [], names: call?.params[`$${role}`] as readonly string[] }
}

function isSame(member: ValueRef, value: Value): boolean {
  return value.type === 'artefact' && member.call === value.ref.call && member.output === value.ref.output
}

function literal(env: Env, expression: Expression): Expectation | undefined {
  return asLiteral(env, expression, evaluate(env, expression))
}

/** A number or a truth value as a side; any other value is reported. */
function asLiteral(env: Env, expression: Expression, value: Value): Expectation | undefined {
  if (value.type === 'number' || value.type === 'boolean') {
    const isWritten = ['number', 'boolean', 'unary'].includes(expression.type)
    const $name = isWritten ? {} : { $name: onOneLine(sourceOf(env, expression.span)) }
    return { op: 'literal', value: value.value, ...$name }
  }
  if (value.type === 'size') report(env, say.sizeUnknown(expression.span, { name: value.name }))
  else if (value.type !== 'unknown') {
    const words = { setting: 'A side of an expectation', expected: 'a number or a metric', got: inWords(value) }
    const isDocs = value.type === 'artefact' && value.artefact.kind === 'Docs'
    const way = isDocs
      ? 'Name one of its metrics, `docs.documents`, or compare it with texts: `docs == ["a"]`.'
      : 'Name one of its metrics: `base.valid_loss`.'
    const help = value.type === 'artefact' ? { help: way } : {}
    report(env, say.wrongType(expression.span, words, help))
  }
  return undefined
}
