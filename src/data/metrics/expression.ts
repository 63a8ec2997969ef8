/** Compiles expressions over documents, such as conditions of `keep` and rules of filters, to closures. */

import type { DocumentExpression } from '../../core/expression.ts'
import { arithmetic, isBetween, isComparison } from '../../core/values/operators.ts'
import { as, compare, fieldOf, has, includes, numberFrom, shown } from './fields.ts'
import { fieldsIn, metricsIn } from './in-expression.ts'
import { measures } from './measure.ts'
import type { Page } from './page.ts'
import { counter, matcher } from './patterns.ts'

type Scalar = number | string | boolean
type ScalarType = 'number' | 'string' | 'boolean'
type Evaluate = (page: Page) => Scalar

/** Compiles a condition. It computes only the metrics that it needs: not those to the right of an `and` whose left side is false. */
export function compileCondition(expression: DocumentExpression): (page: Page) => boolean {
  return truth(expression, {})
}

/** Compiles an expression that gives a number. `more`: metrics besides those of documents, by name. */
export function compileScore(
  expression: DocumentExpression,
  more: Readonly<Record<string, (page: Page) => number>> = {},
): (page: Page) => number {
  return compile(expression, more) as (page: Page) => number
}

/** Explains a decision: the metrics and fields of an expression with their values for a page, `words = 3, lang = "de"`. */
export function explain(expression: DocumentExpression): (page: Page) => string {
  const names = [...new Set(metricsIn(expression))]
  // The text of the document is the sample itself.
  const fields = new Map(fieldsIn(expression).map((path) => [path.join('.'), path]))
  fields.delete('text')
  return (page) =>
    [
      ...names.map((name) => `${name} = ${inDigits(measureOf(name)(page))}`),
      ...[...fields].map(([name, path]) => `${name} = ${shown(path, page)}`),
    ].join(', ')
}

type More = Readonly<Record<string, Evaluate>>

function compile(expression: DocumentExpression, more: More = {}): Evaluate {
  switch (expression.op) {
    case 'metric':
      return more[expression.name] ?? measureOf(expression.name)
    case 'literal': {
      const { value } = expression
      return () => value
    }
    case 'field': {
      const { path } = expression
      return (page) => fieldOf(path, page)
    }
    case 'default': {
      const { of, otherwise } = expression
      const isThere = has(of)
      const value = as(typeof otherwise as ScalarType, of, compile(of, more))
      return (page) => (isThere(page) ? value(page) : otherwise)
    }
    case 'has':
      return has(expression.of)
    case 'number':
      return numberFrom(expression.of, compile(expression.of, more))
    case 'matches': {
      const [of, test] = [text(expression.of, more), matcher(expression.pattern)]
      return (page) => test(of(page))
    }
    case 'count': {
      const [of, count] = [text(expression.of, more), counter(expression.pattern)]
      return (page) => count(of(page))
    }
    case 'not': {
      const of = truth(expression.of, more)
      return (page) => !of(page)
    }
    case 'negate': {
      const of = number(expression.of, more)
      return (page) => -of(page)
    }
    case 'and': {
      const [left, right] = [truth(expression.left, more), truth(expression.right, more)]
      return (page) => left(page) && right(page)
    }
    case 'or': {
      const [left, right] = [truth(expression.left, more), truth(expression.right, more)]
      return (page) => left(page) || right(page)
    }
    case 'between': {
      const [of, from, to] = [number(expression.of, more), number(expression.from, more), number(expression.to, more)]
      return (page) => isBetween(of(page), from(page), to(page))
    }
    case 'among': {
      const of = compile(expression.of, more)
      return includes(expression.of, of, expression.list)
    }
    default: {
      const { op } = expression
      if (isComparison(op)) {
        const [left, right] = [compile(expression.left, more), compile(expression.right, more)]
        return compare(op, expression, left, right)
      }
      const [left, right] = [number(expression.left, more), number(expression.right, more)]
      const apply = arithmetic[op]
      return (page) => apply(left(page), right(page))
    }
  }
}

function truth(expression: DocumentExpression, more: More): (page: Page) => boolean {
  const evaluate = as('boolean', expression, compile(expression, more))
  return (page) => evaluate(page) === true
}

/** Compiles an expression that the checker has found to be a number, or a field that has to be one. */
function number(expression: DocumentExpression, more: More): (page: Page) => number {
  return as('number', expression, compile(expression, more)) as (page: Page) => number
}

function text(expression: DocumentExpression, more: More): (page: Page) => string {
  return as('string', expression, compile(expression, more)) as (page: Page) => string
}

function measureOf(name: string): Evaluate {
  const measure = Object.hasOwn(measures, name) ? measures[name as keyof typeof measures] : undefined
  if (measure === undefined) throw new Error(`there is no metric "${name}"`)
  return measure
}

function inDigits(value: Scalar): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : JSON.stringify(value)
}
