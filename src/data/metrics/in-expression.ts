/** Finds the metrics in an expression over documents. Checking a program needs this, but not the code that measures. */

import type { DocumentExpression } from '../../core/expression.ts'
import { unreachable } from '../../core/values/unreachable.ts'

/** The names of the metrics in an expression, from left to right. */
export function metricsIn(expression: DocumentExpression): string[] {
  switch (expression.op) {
    case 'metric':
      return [expression.name]
    case 'literal':
      return []
    case 'not':
    case 'negate':
    case 'among':
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
