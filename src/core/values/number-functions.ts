/** Functions of numbers, which are evaluated when the program is compiled: in values of the program and in sizes of an architecture. */

export interface NumberFunction {
  /** The number of its arguments. */
  readonly takes: number
  readonly description: string
  of(...args: number[]): number
}

export const numberFunctions: Readonly<Record<string, NumberFunction>> = {
  min: { takes: 2, description: 'The smaller of two numbers.', of: (a, b) => Math.min(a!, b!) },
  max: { takes: 2, description: 'The larger of two numbers.', of: (a, b) => Math.max(a!, b!) },
  round: {
    takes: 1,
    description: 'The nearest whole number; of two equally near, the larger.',
    of: (a) => Math.round(a!),
  },
  floor: { takes: 1, description: 'The next smaller whole number.', of: (a) => Math.floor(a!) },
  round_up: {
    takes: 2,
    description: 'The next larger multiple of the second number.',
    of: (value, to) => Math.ceil(value! / to!) * to!,
  },
  sqrt: { takes: 1, description: 'The square root.', of: (a) => Math.sqrt(a!) },
}
