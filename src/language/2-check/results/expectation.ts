/** `expect base.valid_loss < 4.5`: a test over metrics of finished stages, which is a call of the stage kind `expect`. */

import type { Expression } from '../../../../grammar/syntax.ts'
import { onOneLine } from '../../../../grammar/trivia.ts'
import type { Json } from '../../../core/values/json.ts'
import type { Arithmetic, Comparison } from '../../../core/values/operators.ts'
import * as artefacts from '../../messages/artefacts.generated.ts'
import * as say from '../../messages/settings.generated.ts'
import { kindOf, type ValueRef } from '../../program.ts'
import { addCall } from '../calls/record.ts'
import { type Env, report, sourceOf } from '../env.ts'
import { evaluate } from '../evaluate.ts'
import { reportSeveral } from '../sweeps/selection.ts'
import { inWords, type Value } from '../values/values.ts'
import { checkMetric } from './metrics.ts'

/** A test over metrics. `{ op: 'metric', input, name }` reads a metric of the input with that index. */
export type Expectation =
  | { readonly op: 'metric'; readonly input: number; readonly name: string; readonly $name?: string }
  | { readonly op: 'literal'; readonly value: number | boolean }
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
  if (inputs.length === 0) {
    report(env, artefacts.expectWithoutMetric(test.span))
    return
  }
  if (!isCondition(checked)) {
    report(env, say.conditionUnknown(test.span, { got: 'a number' }))
    return
  }
  const $test = onOneLine(sourceOf(env, test.span))
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
  return !['metric', 'negate', '+', '-', '*', '/'].includes(test.op)
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
      const a = elaborate(env, left, inputs)
      const b = elaborate(env, right, inputs)
      return a && b && { op: operator, left: a, right: b }
    }
    default:
      return literal(env, expression)
  }
}

/** A metric, `base.valid_loss` or `score.win_rate[aligned]`; the result of `otherwise` for any other member or element. */
function metric(
  env: Env,
  expression: Extract<Expression, { type: 'member' | 'index' }>,
  inputs: Looked[],
  otherwise: () => Expectation | undefined,
): Expectation | undefined {
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
  checkMetric(env, member.name.span, { ref, of, name, indexed: at !== '' })
  let input = inputs.findIndex((each) => each.ref.call === ref.call && each.ref.output === ref.output)
  if (input === -1) input = inputs.push({ ref, words: of }) - 1
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
  const call = env.checker.calls[score.call]
  const kind = call && kindOf(call, env.checker.catalogue)
  const [role] = Object.entries(kind?.inputs ?? {}).find(([, { named }]) => named) ?? []
  const members = role === undefined ? [] : (call?.inputs[role] ?? [])
  const place = value.type === 'number' ? value.value : members.findIndex((member) => isSame(member, value))
  if (members[place] !== undefined) return place
  const names = role === undefined ? undefined : (call?.params[`$${role}`] as readonly string[] | undefined)
  const help =
    names === undefined ? `Leave out the brackets: a metric of \`${of}\` is one number.` : `It has ${names.join(', ')}.`
  report(env, artefacts.notAmong(index.span, { of, got: sourceOf(env, index.span) }, { help }))
  return undefined
}

function isSame(member: ValueRef, value: Value): boolean {
  return value.type === 'artefact' && member.call === value.ref.call && member.output === value.ref.output
}

function literal(env: Env, expression: Expression): Expectation | undefined {
  const value = evaluate(env, expression)
  if (value.type === 'number' || value.type === 'boolean') return { op: 'literal', value: value.value }
  if (value.type === 'size') report(env, say.sizeUnknown(expression.span, { name: value.name }))
  else if (value.type !== 'unknown') {
    const words = { setting: 'A side of an expectation', expected: 'a number or a metric', got: inWords(value) }
    const help = value.type === 'artefact' ? { help: 'Name one of its metrics: `base.valid_loss`.' } : {}
    report(env, say.wrongType(expression.span, words, help))
  }
  return undefined
}
