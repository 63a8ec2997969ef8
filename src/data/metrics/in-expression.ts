/** Which metrics an expression over documents needs; apart from how they are measured, since checking a program asks only for this. */

import type { DocumentExpression } from '../../core/expression.ts'
import { unreachable } from '../../core/unreachable.ts'

/** The metrics an expression names, from left to right. */
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
