/** Compiles expressions over documents, such as conditions of `keep` and rules of filters, to closures. */

import type { DocumentExpression } from '../../core/expression.ts'
import { arithmetic, comparisons, isBetween, isComparison } from '../../core/values/operators.ts'
import { metricsIn } from './in-expression.ts'
import { measures } from './measure.ts'
import type { Page } from './page.ts'

type Scalar = number | string | boolean
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

/** Explains a decision: the metrics of an expression with their values for a page, `words = 3, alpha_ratio = 0.25`. */
export function explain(expression: DocumentExpression): (page: Page) => string {
  const names = [...new Set(metricsIn(expression))]
  return (page) => names.map((name) => `${name} = ${inDigits(measureOf(name)(page))}`).join(', ')
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
    case 'not': {
      const of = compile(expression.of, more)
      return (page) => of(page) !== true
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
      const list = new Set<Scalar>(expression.list)
      return (page) => list.has(of(page))
    }
    default: {
      const { op } = expression
      if (isComparison(op)) {
        const [left, right] = [compile(expression.left, more), compile(expression.right, more)]
        const compare = comparisons[op]
        return (page) => compare(left(page), right(page))
      }
      const [left, right] = [number(expression.left, more), number(expression.right, more)]
      const apply = arithmetic[op]
      return (page) => apply(left(page), right(page))
    }
  }
}

function truth(expression: DocumentExpression, more: More): (page: Page) => boolean {
  const evaluate = compile(expression, more)
  return (page) => evaluate(page) === true
}

/** Compiles an expression that the checker has found to be a number. */
function number(expression: DocumentExpression, more: More): (page: Page) => number {
  return compile(expression, more) as (page: Page) => number
}

function measureOf(name: string): Evaluate {
  const measure = Object.hasOwn(measures, name) ? measures[name as keyof typeof measures] : undefined
  if (measure === undefined) throw new Error(`there is no metric "${name}"`)
  return measure
}

function inDigits(value: Scalar): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : JSON.stringify(value)
}
