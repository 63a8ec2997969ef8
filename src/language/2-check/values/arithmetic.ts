/** Arithmetic and comparisons with values that are known when the program is compiled. */

import type { Span } from '../../../../grammar/span.ts'
import type { BinaryOperator, Expression } from '../../../../grammar/syntax.ts'
import {
  type Arithmetic,
  arithmetic,
  type Comparison,
  comparisons,
  isBetween,
  isComparison,
} from '../../../core/values/operators.ts'
import * as say from '../../messages/settings.generated.ts'
import { type Env, report } from '../env.ts'
import { limitText } from '../limits.ts'
import { inWords, type Unit, unknown, type Value } from './values.ts'

type NumberValue = Extract<Value, { type: 'number' }>
type Binary = Extract<Expression, { type: 'binary' }>

/** The value of `left operator right`; `unknown` if the two sides do not go together, which is reported. */
export function calculate(env: Env, operator: BinaryOperator, left: Value, right: Value, at: Binary): Value {
  if (left.type === 'unknown' || right.type === 'unknown') return unknown
  for (const [side, span] of [[left, at.left.span] as const, [right, at.right.span] as const])
    if (side.type === 'size') {
      report(env, say.sizeUnknown(span, { name: side.name }))
      return unknown
    }
  if (operator === 'and' || operator === 'or') {
    if (left.type === 'boolean' && right.type === 'boolean')
      return { type: 'boolean', value: operator === 'and' ? left.value && right.value : left.value || right.value }
    return mismatch(env, operator, left, right, at.span)
  }
  if (operator === 'in') return membership(env, left, right, at.span)
  if (left.type === 'number' && right.type === 'number') return numbers(env, operator, left, right, at.span)
  if (operator === '+' && left.type === 'string' && right.type === 'string') {
    limitText(left.value.length + right.value.length, at.span)
    return { ...left, value: left.value + right.value }
  }
  const plain = (value: Value) => value.type === 'string' || value.type === 'boolean'
  if ((operator === '==' || operator === '!=') && left.type === right.type && plain(left) && plain(right)) {
    const [a, b] = [left, right] as { readonly value: string | boolean }[]
    return { type: 'boolean', value: comparisons[operator](a!.value, b!.value) }
  }
  return mismatch(env, operator, left, right, at.span)
}

export function negate(env: Env, operator: '-' | 'not', operand: Value, span: Span): Value {
  if (operand.type === 'unknown') return unknown
  if (operator === '-' && operand.type === 'number') return { ...operand, value: -operand.value }
  if (operator === 'not' && operand.type === 'boolean') return { type: 'boolean', value: !operand.value }
  if (operand.type === 'size') report(env, say.sizeUnknown(span, { name: operand.name }))
  else {
    const expected = operator === '-' ? 'a number' : 'a truth value'
    const isItem = operator === '-' && operand.type !== 'boolean'
    const more = isItem ? { help: 'A list stands between square brackets: `[a, b]`.' } : {}
    report(env, say.wrongOperand(span, { operator: `\`${operator}\``, expected, got: inWords(operand) }, more))
  }
  return unknown
}

function membership(env: Env, left: Value, right: Value, span: Span): Value {
  if (right.type === 'range' && left.type === 'number' && right.from.type === 'number' && right.to.type === 'number')
    return { type: 'boolean', value: isBetween(left.value, right.from.value, right.to.value) }
  if (right.type === 'list' && (left.type === 'number' || left.type === 'string'))
    return { type: 'boolean', value: right.items.some((item) => 'value' in item && item.value === left.value) }
  return mismatch(env, 'in', left, right, span)
}

function numbers(
  env: Env,
  operator: Arithmetic | Comparison,
  left: NumberValue,
  right: NumberValue,
  span: Span,
): Value {
  const [a, b] = [left.value, right.value]
  if (operator === '*' || operator === '/' || operator === '^') {
    const unit = scaledUnit(operator, left.unit, right.unit)
    return finite(env, arithmetic[operator](a, b), unit, operator === '/' && b === 0, span)
  }
  const unit = commonUnit(left.unit, right.unit)
  if (unit === undefined) {
    report(env, say.unitClash(span, { left: inWords(left), right: inWords(right) }))
    return unknown
  }
  return isComparison(operator)
    ? { type: 'boolean', value: comparisons[operator](a, b) }
    : finite(env, arithmetic[operator](a, b), unit, operator === '%' && b === 0, span)
}

export function finite(env: Env, value: number, unit: Unit, byNought: boolean, span: Span): Value {
  if (Number.isFinite(value)) return { type: 'number', value, unit }
  report(env, say.noNumber(span, { problem: byNought ? 'it divides by 0' : 'it is too large, or not a number' }))
  return unknown
}

/** The unit of a product, quotient or power: a fraction of a time is a time, a time divided by a time is a number. */
function scaledUnit(operator: '*' | '/' | '^', left: Unit, right: Unit): Unit {
  const a = left === 'fraction' || left === 'count' ? 'none' : left
  const b = right === 'fraction' || right === 'count' ? 'none' : right
  if (operator === '^') return a
  if (operator === '/') return a === b ? 'none' : a
  return a === 'none' ? b : a
}

/** The unit of a sum; `undefined` if the two cannot be added or compared. */
export function commonUnit(a: Unit, b: Unit): Unit | undefined {
  if (a === b) return a
  // A bare number is a count or a fraction, never bytes or time.
  if (a === 'none' && (b === 'count' || b === 'fraction')) return b
  if (b === 'none' && (a === 'count' || a === 'fraction')) return a
  return undefined
}

function mismatch(env: Env, operator: string, left: Value, right: Value, span: Span): Value {
  const joins = operator === '+' && (left.type === 'string' || right.type === 'string')
  const formats = operator === '%' && left.type === 'string'
  const more = joins || formats ? { help: 'Values are put into the holes of a text: `"{a}{b}"`.' } : {}
  const words = { operator: `\`${operator}\``, left: inWords(left), right: inWords(right) }
  report(env, say.wrongOperands(span, words, more))
  return unknown
}
