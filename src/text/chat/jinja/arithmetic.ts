/** The operators of templates, with the semantics of Python. */

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
  integer,
  isNumeric,
  itemsOf,
  List,
  type Numeric,
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

function numeric(operator: Arithmetic, left: Numeric, right: Numeric): Value {
  const float = left instanceof Float || right instanceof Float
  if (!float && (typeof left === 'bigint' || typeof right === 'bigint'))
    return longNumeric(operator, BigInt(left), BigInt(right))
  const a = numberOf(left)
  const b = numberOf(right)
  const made = (value: number) => {
    if (float) return new Float(value)
    return Number.isSafeInteger(value) ? value : longNumeric(operator, BigInt(a), BigInt(b))
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

/** The longest integer, in bits. Without a limit, a template could fill the memory. */
const maxBits = 4096n

/** Arithmetic of integers that are too long for JavaScript's numbers. */
function longNumeric(operator: Arithmetic, a: bigint, b: bigint): Value {
  const made = (value: bigint): Value => {
    if (value >> maxBits > 0n || value >> maxBits < -1n) throw new JinjaError(`the result of ${operator} is too large`)
    return integer(value)
  }
  if (['/', '//', '%'].includes(operator) && b === 0n) throw new JinjaError('division by zero')
  // BigInt rounds quotients toward zero, Python rounds them down.
  const rest = () => ((a % b) + b) % b
  switch (operator) {
    case '+':
      return made(a + b)
    case '-':
      return made(a - b)
    case '*':
      return made(a * b)
    case '/':
      return new Float(Number(a) / Number(b))
    case '//':
      return made((a - rest()) / b)
    case '%':
      return made(rest())
    default:
      throw new JinjaError(`${a} ${operator} ${b} is too large`)
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
