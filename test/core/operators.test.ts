/** Every part of llmpipe that evaluates an expression gives the same value. */

import { expect, test } from 'vitest'
import type { DocumentExpression } from '../../src/core/expression.ts'
import { arithmetic, comparisons, isArithmetic, isComparison } from '../../src/core/values/operators.ts'
import { compileScore } from '../../src/data/metrics/expression.ts'
import { Page } from '../../src/data/metrics/page.ts'
import { compileText } from '../language/compile-case.ts'

const pairs = [
  [7, 2],
  [-7, 2],
  [0.1, 0.2],
  [2, -3],
] as const

test('a value that the compiler calculates is the value that a document would have', () => {
  for (const [a, b] of pairs)
    for (const [operator, apply] of Object.entries(arithmetic)) {
      const { program } = compileText(`let x = (${a}) ${operator} (${b})\ndata d = read("{x}")\n`)
      expect(program?.calls[0]?.files.paths?.patterns).toEqual([String(apply(a, b))])
      if (operator === '^') continue
      const literal = (value: number): DocumentExpression => ({ op: 'literal', value })
      const expression = { op: operator, left: literal(a), right: literal(b) } as DocumentExpression
      expect(compileScore(expression)(new Page(''))).toBe(apply(a, b))
    }
})

test('an operator is arithmetic, a comparison, or neither', () => {
  for (const operator of Object.keys(arithmetic))
    expect([isArithmetic(operator), isComparison(operator)]).toEqual([true, false])
  for (const operator of Object.keys(comparisons))
    expect([isArithmetic(operator), isComparison(operator)]).toEqual([false, true])
  for (const operator of ['and', 'or', 'in', 'constructor'])
    expect(isArithmetic(operator) || isComparison(operator)).toBe(false)
})
