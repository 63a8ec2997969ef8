/** Finds the metrics and fields in an expression over documents. Checking a program needs this, but not the code that measures. */

import type { DocumentExpression } from '../../core/expression.ts'

/** An expression and all its parts, from left to right. */
export function* partsOf(expression: DocumentExpression): Generator<DocumentExpression> {
  yield expression
  if (expression.op === 'between') {
    yield* partsOf(expression.of)
    yield* partsOf(expression.from)
    yield* partsOf(expression.to)
  } else if ('of' in expression) yield* partsOf(expression.of)
  else if ('left' in expression) {
    yield* partsOf(expression.left)
    yield* partsOf(expression.right)
  }
}

/** The fields in an expression, from left to right. */
export function fieldsIn(expression: DocumentExpression): (readonly string[])[] {
  return [...partsOf(expression)].flatMap((part) => (part.op === 'field' ? [part.path] : []))
}

/** The names of the metrics in an expression, from left to right. */
export function metricsIn(expression: DocumentExpression): string[] {
  return [...partsOf(expression)].flatMap((part) => (part.op === 'metric' ? [part.name] : []))
}
