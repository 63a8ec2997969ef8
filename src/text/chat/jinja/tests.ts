/** The tests of `is`. */

import { compares } from './arithmetic.ts'
import { JinjaError } from './limits.ts'
import type { Comparison } from './node.ts'
import { Text } from './text.ts'
import {
  Attributes,
  Callable,
  Dict,
  equal,
  Float,
  integerArgument,
  isInteger,
  isNumeric,
  List,
  Undefined,
  type Value,
} from './value.ts'

type Test = (value: Value, args: readonly Value[]) => boolean

const comparing =
  (operator: Comparison): Test =>
  (value, [other]) =>
    compares(operator, value, other ?? null)

const cased =
  (change: (text: string) => string): Test =>
  (value) =>
    value instanceof Text &&
    change(value.value) === value.value &&
    value.value.toLowerCase() !== value.value.toUpperCase()

const tests: Readonly<Record<string, Test>> = {
  defined: (value) => !(value instanceof Undefined),
  undefined: (value) => value instanceof Undefined,
  none: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  true: (value) => value === true,
  false: (value) => value === false,
  string: (value) => value instanceof Text,
  number: isNumeric,
  integer: isInteger,
  float: (value) => value instanceof Float,
  mapping: (value) => value instanceof Dict,
  // As in Python: a value with a length and items.
  sequence: (value) =>
    value instanceof Text || value instanceof List || value instanceof Dict || value instanceof Undefined,
  iterable: (value) =>
    value instanceof Text || value instanceof List || value instanceof Dict || value instanceof Undefined,
  callable: (value) => value instanceof Callable,
  odd: (value) => Math.abs(integerArgument(value, 'odd') % 2) === 1,
  even: (value) => integerArgument(value, 'even') % 2 === 0,
  divisibleby: (value, [by]) => integerArgument(value, 'divisibleby') % integerArgument(by, 'divisibleby') === 0,
  sameas: (value, [other]) =>
    value === other || (value instanceof Text && other instanceof Text && equal(value, other)),
  lower: cased((text) => text.toLowerCase()),
  upper: cased((text) => text.toUpperCase()),
  filter: () => false,
  in: comparing('in'),
}
const operators: Readonly<Record<string, Comparison>> = {
  eq: '==',
  equalto: '==',
  ne: '!=',
  lt: '<',
  lessthan: '<',
  le: '<=',
  gt: '>',
  greaterthan: '>',
  ge: '>=',
}

/** The test of this name. Throws a JinjaError if there is none. */
export function testNamed(name: string): Test {
  if (Object.hasOwn(tests, name)) return tests[name]!
  if (Object.hasOwn(operators, name)) return comparing(operators[name]!)
  if (['==', '!=', '<', '<=', '>', '>='].includes(name)) return comparing(name as Comparison)
  throw new JinjaError(`No test named '${name}'.`)
}

/** Whether a value is a namespace, whose attributes a template may set. */
export function isNamespace(value: Value): value is Attributes {
  return value instanceof Attributes && value.kind === 'namespace'
}
