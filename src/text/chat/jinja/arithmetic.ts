/** Operators of templates, as Python has them. */

import { percent } from './format.ts'
import { checkItems, JinjaError } from './limits.ts'
import type { Arithmetic, Comparison } from './node.ts'
import { concat, Text } from './text.ts'
import {
  compare,
  Dict,
  defined,
  equal,
  Float,
  isNumeric,
  itemsOf,
  List,
  numberOf,
  typeName,
  Undefined,
  type Value,
} from './value.ts'
import { str } from './write.ts'

export function arithmetic(operator: Arithmetic, left: Value, right: Value): Value {
  if (operator === '~') return concat([str(left), str(right)])
  defined(left)
  defined(right)
  if (isNumeric(left) && isNumeric(right)) return numeric(operator, left, right)
  if (operator === '+') {
    if (left instanceof Text && right instanceof Text) return concat([left, right])
    if (left instanceof List && right instanceof List && left.tuple === right.tuple) {
      checkItems(left.items.length + right.items.length)
      return new List([...left.items, ...right.items], left.tuple)
    }
    if (left instanceof Text || right instanceof Text)
      throw new JinjaError(`can only concatenate str (not "${typeName(left instanceof Text ? right : left)}") to str`)
  }
  if (operator === '%' && left instanceof Text) return percent(left, right)
  if (operator === '*') {
    const [of, times] = isNumeric(left) ? [right, left] : [left, right]
    if (typeof times === 'number' && of instanceof Text) return of.repeat(times)
    if (typeof times === 'number' && of instanceof List) {
      checkItems(of.items.length * times)
      return new List(new Array<readonly Value[]>(Math.max(0, times)).fill(of.items).flat(), of.tuple)
    }
  }
  throw new JinjaError(`unsupported operand types for ${operator}: '${typeName(left)}' and '${typeName(right)}'`)
}

function numeric(operator: Arithmetic, left: number | Float | boolean, right: number | Float | boolean): Value {
  const a = numberOf(left)
  const b = numberOf(right)
  const float = left instanceof Float || right instanceof Float
  const made = (value: number) => {
    if (!float && !Number.isSafeInteger(value)) throw new JinjaError(`${a} ${operator} ${b} is too large`)
    return float ? new Float(value) : value
  }
  if (['/', '//', '%'].includes(operator) && b === 0) throw new JinjaError('division by zero')
  switch (operator) {
    case '+':
      return made(a + b)
    case '-':
      return made(a - b)
    case '*':
      return made(a * b)
    case '/':
      return new Float(a / b)
    case '//':
      return made(Math.floor(a / b))
    case '%':
      return made(a - b * Math.floor(a / b))
    case '**':
      return b < 0 ? new Float(a ** b) : made(a ** b)
    default:
      throw new JinjaError(`unsupported operator ${operator}`)
  }
}

export function compares(operator: Comparison, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return equal(left, right)
    case '!=':
      return !equal(left, right)
    case 'in':
      return contains(right, left)
    case 'not in':
      return !contains(right, left)
    case '<':
      return compare(left, right) < 0
    case '<=':
      return compare(left, right) <= 0
    case '>':
      return compare(left, right) > 0
    case '>=':
      return compare(left, right) >= 0
  }
}

function contains(within: Value, value: Value): boolean {
  if (within instanceof Text) {
    if (value instanceof Text) return within.value.includes(value.value)
    defined(value)
    throw new JinjaError(`'in <string>' requires string as left operand, not ${typeName(value)}`)
  }
  if (within instanceof Dict) return !(value instanceof Undefined) && within.has(value)
  return itemsOf(within).some((item) => equal(item, value))
}
