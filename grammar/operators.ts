/** Operator precedence: makes a tree of a list of operands and operators. */

import type { SyntaxProblem } from './problem.ts'
import { cover, type Span } from './span.ts'
import type { BinaryOperator, Expression } from './syntax.ts'

export type OperatorItem =
  | { readonly type: 'operand'; readonly value: Expression }
  | { readonly type: 'operator' | 'prefix'; readonly text: string; readonly span: Span }

type Side = 'left' | 'right' | 'none'

/** How tightly each operator binds, and to which side it groups. `none`: the operator does not chain. */
export const precedence: Readonly<Record<BinaryOperator | '..', { readonly level: number; readonly side: Side }>> = {
  or: { level: 1, side: 'left' },
  and: { level: 2, side: 'left' },
  // 3 is `not`
  '==': { level: 4, side: 'none' },
  '!=': { level: 4, side: 'none' },
  '<': { level: 4, side: 'none' },
  '<=': { level: 4, side: 'none' },
  '>': { level: 4, side: 'none' },
  '>=': { level: 4, side: 'none' },
  in: { level: 4, side: 'none' },
  '..': { level: 5, side: 'none' },
  '+': { level: 6, side: 'left' },
  '-': { level: 6, side: 'left' },
  '*': { level: 7, side: 'left' },
  '/': { level: 7, side: 'left' },
  '%': { level: 7, side: 'left' },
  // 8 is `-` before an operand
  '^': { level: 9, side: 'right' },
}

/** The level of a prefix operator: `not a > b` is `not (a > b)`, `-x ^ 2` is `-(x ^ 2)`. */
export const prefixLevel = { not: 3, '-': 8 } as const

/** The greatest number of operators in one list, and of signs or `not`s before one operand. */
export const maxOperators = 1000
const maxPrefixes = 50

/** Whether a list is too long for a tree. `^` and prefixes make a tree deep to the right, so their limits are lower. */
export function isTooLong(items: readonly OperatorItem[]): boolean {
  let [operators, inARow, powers] = [0, 0, 0]
  for (const item of items) {
    inARow = item.type === 'prefix' ? inARow + 1 : 0
    if (item.type === 'operator') {
      operators++
      if (item.text === '^') powers++
    }
    if (operators > maxOperators || inARow > maxPrefixes || powers > maxPrefixes) return true
  }
  return false
}

/** The tree of a list. A chain of comparisons is reported, and read from the left. */
export function foldOperators(
  items: readonly OperatorItem[],
  report: (problem: SyntaxProblem) => void,
  missing: Expression,
): Expression {
  let at = 0

  const operand = (): Expression => {
    const item = items[at++]
    // After an error, an operand can be missing.
    if (item === undefined || item.type === 'operator') {
      if (item !== undefined) at--
      return missing
    }
    if (item.type === 'operand') return item.value
    const operator = item.text === 'not' ? 'not' : '-'
    const inner = climb(prefixLevel[operator])
    return { type: 'unary', operator, operand: inner, span: cover(item.span, inner.span) }
  }

  const climb = (lowest: number): Expression => {
    let left = operand()
    let compared: { readonly span: Span; readonly level: number } | undefined
    for (;;) {
      const item = items[at]
      if (item?.type !== 'operator') return left
      const operator = item.text as BinaryOperator | '..'
      const { level, side } = precedence[operator]
      if (level < lowest) return left
      at++
      const right = climb(side === 'right' ? level : level + 1)
      const span = cover(left.span, right.span)
      if (side === 'none') {
        if (compared?.level === level) {
          report({ problem: 'chained-comparison', span: item.span, first: compared.span })
          left = { type: 'missing', span }
          continue
        }
        compared = { span: item.span, level }
      }
      left =
        operator === '..'
          ? { type: 'range', from: left, to: right, span }
          : { type: 'binary', operator, left, right, span }
    }
  }

  return climb(0)
}
