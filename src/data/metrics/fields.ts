/** Reads fields of records for expressions. A field that is missing or of another type than an expression needs is an error, never `false`. */

import type { DocumentExpression } from '../../core/expression.ts'
import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/values/json.ts'
import { type Comparison, comparisons } from '../../core/values/operators.ts'
import { idOf } from '../document.ts'
import { hostOf } from '../host.ts'
import type { Page } from './page.ts'

type Scalar = number | string | boolean
type Evaluate = (page: Page) => Scalar
type ScalarType = 'number' | 'string' | 'boolean'

/**
 * The value of a field; `undefined` if the document has no such field, or null in it. `url.host` is the host of a URL. `a.b` is the field b
 * of a, or else the field named "a.b".
 */
function valueAt(path: readonly string[], page: Page): Json | undefined {
  const value = valueWithin(path, page)
  if (value !== undefined || path.length === 1) return value
  return valueWithin([path.join('.')], page)
}

function valueWithin(path: readonly string[], { text, document }: Page): Json | undefined {
  const [first, ...rest] = path as readonly [string, ...string[]]
  let value: Json | undefined
  if (first === 'text') value = text
  else if (first === 'id') value = document?.id ?? (document && idOf(document))
  else value = document !== undefined && Object.hasOwn(document.fields, first) ? document.fields[first] : undefined
  for (const name of rest) {
    if (typeof value === 'string' && name === 'host') value = hostOf(value)
    else if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined
    else value = (value as { readonly [key: string]: Json | undefined })[name]
  }
  return value ?? undefined
}

/** The value of a field. Throws a StageError if it is missing, or is a list or an object. */
export function fieldOf(path: readonly string[], page: Page): Scalar {
  const value = valueAt(path, page)
  if (value === undefined) throw missing(path, page)
  if (typeof value === 'object') throw wrongType(path.join('.'), value, 'a text, a number or a truth value', page)
  return value
}

/** Whether a document has a field, and not null in it. */
export function has(of: DocumentExpression): (page: Page) => boolean {
  if (of.op !== 'field') return () => true
  return (page) => valueAt(of.path, page) !== undefined
}

/** The value of a field for a sample of the ledger. */
export function shown(path: readonly string[], page: Page): string {
  const value = valueAt(path, page)
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** Evaluates an expression that has to be of a type. Only fields can be of another. */
export function as(type: ScalarType, expression: DocumentExpression, evaluate: Evaluate): Evaluate {
  if (expression.op !== 'field') return evaluate
  const name = expression.path.join('.')
  return (page) => {
    const value = evaluate(page)
    if (typeof value !== type) throw wrongType(name, value, inWords[type], page)
    return value
  }
}

/** Compares two values, of which fields have to be of the type of the other side. */
export function compare(
  op: Comparison,
  sides: { readonly left: DocumentExpression; readonly right: DocumentExpression },
  left: Evaluate,
  right: Evaluate,
): (page: Page) => boolean {
  const apply = comparisons[op]
  if (sides.left.op !== 'field' && sides.right.op !== 'field') return (page) => apply(left(page), right(page))
  const [field, other] = sides.left.op === 'field' ? [sides.left, 'right'] : [sides.right, 'left']
  return (page) => {
    const [a, b] = [left(page), right(page)]
    if (typeof a !== typeof b)
      throw wrongType(
        nameOf(field),
        other === 'right' ? a : b,
        inWords[typeof (other === 'right' ? b : a) as ScalarType],
        page,
      )
    return apply(a, b)
  }
}

/** Whether a value is in a list. The type of a field has to be one of those in the list. */
export function includes(
  of: DocumentExpression,
  evaluate: Evaluate,
  values: readonly (number | string)[],
): (page: Page) => boolean {
  const list = new Set<Scalar>(values)
  const types = new Set<string>(values.map((value) => typeof value))
  return (page) => {
    const value = evaluate(page)
    if (of.op === 'field' && types.size > 0 && !types.has(typeof value))
      throw wrongType(nameOf(of), value, [...types].map((type) => inWords[type as ScalarType]).join(' or '), page)
    return list.has(value)
  }
}

/** The number that a text stands for. */
export function numberFrom(of: DocumentExpression, evaluate: Evaluate): (page: Page) => number {
  return (page) => {
    const value = evaluate(page)
    if (typeof value === 'number') return value
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
    if (Number.isNaN(number)) throw wrongType(nameOf(of), value, 'a number, or a text that stands for one', page)
    return number
  }
}

function nameOf(of: DocumentExpression): string {
  return of.op === 'field' ? of.path.join('.') : 'the value'
}

const inWords: Readonly<Record<ScalarType, string>> = { number: 'a number', string: 'a text', boolean: 'true or false' }

function missing(path: readonly string[], { document }: Page): StageError {
  const name = path.join('.')
  const fields = ['id', 'text', ...Object.keys(document?.fields ?? {})]
  const listed = fields.length > 12 ? [...fields.slice(0, 12), '…'] : fields
  return new StageError(
    'missing-field',
    `the document ${document === undefined ? '' : idOf(document)} has no field \`${name}\``,
    `${name === 'language' || name === 'language_score' ? '`|> identify_language()` adds it. ' : ''}It has ${listed.join(', ')}. To go on without the field, give a value for it, default(${name}, …), or test it: has(${name}).`,
  )
}

function wrongType(name: string, value: Json, expected: string, { document }: Page): StageError {
  const got = typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'an object') : JSON.stringify(value)
  const isDigits = typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))
  return new StageError(
    'wrong-field',
    `\`${name}\` is ${got.length > 80 ? `${got.slice(0, 80)}…` : got} in the document ${document === undefined ? '' : idOf(document)}, and the condition needs ${expected}`,
    isDigits ? `Read the number of a text with number(${name}).` : 'Compare a field with values of its own type.',
  )
}
