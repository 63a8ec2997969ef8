/** Finds the metrics in an expression over documents. Checking a program needs this, but not the code that measures. */

import type { DocumentExpression } from '../../core/expression.ts'
import { unreachable } from '../../core/values/unreachable.ts'

/** The fields in an expression, from left to right. */
export function fieldsIn(expression: DocumentExpression): (readonly string[])[] {
  switch (expression.op) {
    case 'field':
      return [expression.path]
    case 'metric':
    case 'literal':
      return []
    case 'between':
      return [expression.of, expression.from, expression.to].flatMap(fieldsIn)
    default:
      return 'of' in expression ? fieldsIn(expression.of) : [expression.left, expression.right].flatMap(fieldsIn)
  }
}

/** The names of the metrics in an expression, from left to right. */
export function metricsIn(expression: DocumentExpression): string[] {
  switch (expression.op) {
    case 'metric':
      return [expression.name]
    case 'literal':
    case 'field':
      return []
    case 'not':
    case 'negate':
    case 'among':
    case 'default':
    case 'has':
    case 'number':
    case 'matches':
    case 'count':
      return metricsIn(expression.of)
    case 'between':
      return [expression.of, expression.from, expression.to].flatMap(metricsIn)
    case 'and':
    case 'or':
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case '/':
      return [expression.left, expression.right].flatMap(metricsIn)
    default:
      return unreachable(expression)
  }
}
