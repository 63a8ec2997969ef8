/** Compiles expressions over documents, such as conditions of `keep` and rules of filters, to closures. */

import type { DocumentExpression } from '../../core/expression.ts'
import { StageError } from '../../core/failure.ts'
import { arithmetic, isBetween, isComparison } from '../../core/values/operators.ts'
import { idOf } from '../document.ts'
import { stopWordsIn } from '../language/stop-words.ts'
import { as, compare, fieldOf, has, includes, numberFrom, shown } from './fields.ts'
import { fieldsIn, metricsIn, partsOf } from './in-expression.ts'
import { measures } from './measure.ts'
import type { Page } from './page.ts'
import { counter, matcher } from './patterns.ts'
import type { Watch } from './watch.ts'

type Scalar = number | string | boolean
type ScalarType = 'number' | 'string' | 'boolean'
type Evaluate = (page: Page) => Scalar

/**
 * Compiles a condition. It computes only the metrics that it needs: not those to the right of an `and` whose left side is false. `watch` is asked
 * about every value that the condition compares with fixed numbers.
 */
export function compileCondition(expression: DocumentExpression, watch?: Watch): (page: Page) => boolean {
  return truth(expression, { more: {}, watch })
}

/** Compiles an expression that gives a number. `more`: metrics besides those of documents, by name. */
export function compileScore(
  expression: DocumentExpression,
  more: Readonly<Record<string, (page: Page) => number>> = {},
): (page: Page) => number {
  return compile(expression, { more }) as (page: Page) => number
}

/** Explains a decision: the metrics and fields of an expression with their values for a page, `words = 3, lang = "de"`. */
export function explain(expression: DocumentExpression): (page: Page) => string {
  const names = [...new Set(metricsIn(expression))]
  // The text of the document is the sample itself.
  const fields = new Map(fieldsIn(expression).map((path) => [path.join('.'), path]))
  fields.delete('text')
  const stopWords = [...partsOf(expression)].flatMap((part) => {
    if (part.op !== 'stop_words') return []
    const language = part.of.op === 'literal' ? JSON.stringify(part.of.value) : (fieldsIn(part.of)[0] ?? []).join('.')
    return [{ name: `stop_words(${language})`, value: compile(part) }]
  })
  return (page) =>
    [
      ...stopWords.flatMap(({ name, value }) => {
        const count = ifKnown(() => value(page))
        return count === undefined ? [] : [`${name} = ${inDigits(count)}`]
      }),
      ...names.map((name) => `${name} = ${inDigits(measureOf(name)(page))}`),
      ...[...fields].map(([name, path]) => `${name} = ${shown(path, page)}`),
    ].join(', ')
}

/**
 * A value of an explanation; `undefined` if it cannot be computed: an `and` can have decided before it needed a field that the document lacks, or the
 * stop words of a language without a list.
 */
function ifKnown(value: () => Scalar): Scalar | undefined {
  try {
    return value()
  } catch (error) {
    if (error instanceof StageError) return undefined
    throw error
  }
}

interface Context {
  /** Metrics besides those of documents, by name. */
  readonly more: Readonly<Record<string, Evaluate>>
  readonly watch?: Watch | undefined
}

function compile(expression: DocumentExpression, context: Context = { more: {} }): Evaluate {
  switch (expression.op) {
    case 'metric':
      return context.more[expression.name] ?? measureOf(expression.name)
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
      const value = as(typeof otherwise as ScalarType, of, compile(of, context))
      return (page) => (isThere(page) ? value(page) : otherwise)
    }
    case 'has':
      return has(expression.of)
    case 'number':
      return numberFrom(expression.of, compile(expression.of, context))
    case 'matches': {
      const [of, test] = [text(expression.of, context), matcher(expression.pattern)]
      return (page) => test(of(page))
    }
    case 'count': {
      const [of, count] = [text(expression.of, context), counter(expression.pattern)]
      return (page) => count(of(page))
    }
    case 'stop_words': {
      const language = text(expression.of, context)
      const isOfDocument = fieldsIn(expression.of).length > 0
      return (page) => {
        const { document } = page
        const id = isOfDocument && document !== undefined ? () => idOf(document) : undefined
        return stopWordsIn(page.withSpaces, language(page), id)
      }
    }
    case 'not': {
      const of = truth(expression.of, context)
      return (page) => !of(page)
    }
    case 'negate': {
      const of = number(expression.of, context)
      return (page) => -of(page)
    }
    case 'and': {
      const [left, right] = [truth(expression.left, context), truth(expression.right, context)]
      return (page) => left(page) && right(page)
    }
    case 'or': {
      const [left, right] = [truth(expression.left, context), truth(expression.right, context)]
      return (page) => left(page) || right(page)
    }
    case 'between': {
      const of = watched(expression.of, [expression.from, expression.to], number(expression.of, context), context)
      const [from, to] = [number(expression.from, context), number(expression.to, context)]
      return (page) => isBetween(of(page), from(page), to(page))
    }
    case 'listed':
      throw new Error('the list of a condition was not read before the condition was compiled')
    case 'among': {
      const of = compile(expression.of, context)
      return includes(expression.of, of, expression.list)
    }
    default: {
      const { op } = expression
      if (isComparison(op)) {
        const { left: a, right: b } = expression
        const left = watched(a, [b], compile(a, context), context)
        const right = watched(b, [a], compile(b, context), context)
        return compare(op, expression, left, right)
      }
      const [left, right] = [number(expression.left, context), number(expression.right, context)]
      const apply = arithmetic[op]
      return (page) => apply(left(page), right(page))
    }
  }
}

/** The value of `of`, recorded if it is watched. */
function watched<V extends Scalar>(
  of: DocumentExpression,
  limits: readonly DocumentExpression[],
  value: (page: Page) => V,
  { watch }: Context,
): (page: Page) => V {
  const record = watch?.(of, limits)
  if (record === undefined) return value
  return (page) => {
    const found = value(page)
    record(found)
    return found
  }
}

function truth(expression: DocumentExpression, context: Context): (page: Page) => boolean {
  const evaluate = as('boolean', expression, compile(expression, context))
  return (page) => evaluate(page) === true
}

/** Compiles an expression that the checker has found to be a number, or a field that has to be one. */
function number(expression: DocumentExpression, context: Context): (page: Page) => number {
  return as('number', expression, compile(expression, context)) as (page: Page) => number
}

function text(expression: DocumentExpression, context: Context): (page: Page) => string {
  return as('string', expression, compile(expression, context)) as (page: Page) => string
}

function measureOf(name: string): Evaluate {
  const measure = Object.hasOwn(measures, name) ? measures[name as keyof typeof measures] : undefined
  if (measure === undefined) throw new Error(`there is no metric "${name}"`)
  return measure
}

function inDigits(value: Scalar): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : JSON.stringify(value)
}
