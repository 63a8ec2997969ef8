/**
 * The meaning of the operators. One table serves conditions over documents, expectations over metrics, values of the program and
 * sizes of an architecture, so that `a / b` is the same number everywhere.
 */

export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '^'
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='

/** Division by 0 gives an infinity or NaN, as in IEEE 754; callers that cannot use these report them. */
export const arithmetic: { readonly [O in Arithmetic]: (a: number, b: number) => number } = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  // The remainder has the sign of the divisor, as in Python.
  '%': (a, b) => a - b * Math.floor(a / b),
  '^': (a, b) => a ** b,
}

type Scalar = number | string | boolean

/** Both sides have the same type; only numbers have an order. */
export const comparisons: { readonly [O in Comparison]: <S extends Scalar>(a: S, b: S) => boolean } = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

export function isArithmetic(operator: string): operator is Arithmetic {
  return Object.hasOwn(arithmetic, operator)
}

export function isComparison(operator: string): operator is Comparison {
  return Object.hasOwn(comparisons, operator)
}

/** Whether a number lies in a range; both ends belong to the range. */
export function isBetween(value: number, from: number, to: number): boolean {
  return from <= value && value <= to
}
