/** Calls of every operation: of odd sizes, of one row, broadcast, of ids that repeat. */

import type { Attributes, Op, RotaryScaling } from '../../src/model/ops.ts'

/** Numbers about 0; `positive` ones; ids below a size. */
export type Operand = {
  readonly shape: readonly number[]
  readonly of?: 'positive' | 'bits' | { readonly below: number }
}

export interface Case<K extends Op> {
  readonly inputs: readonly Operand[]
  readonly attributes: Attributes[K]
}

const numbers = (...shape: number[]): Operand => ({ shape })
const positive = (...shape: number[]): Operand => ({ shape, of: 'positive' })
const bits = (...shape: number[]): Operand => ({ shape, of: 'bits' })
const ids = (below: number, ...shape: number[]): Operand => ({ shape, of: { below } })

const of = <K extends Op>(attributes: Attributes[K], ...inputs: Operand[]): Case<K> => ({ attributes, inputs })

/** A call of an operation that has no attributes. */
type PlainCase = { readonly inputs: readonly Operand[]; readonly attributes: object }

const unary = (operand = numbers): PlainCase[] => [
  { inputs: [operand(3, 5, 7)], attributes: {} },
  { inputs: [operand()], attributes: {} },
  { inputs: [operand(1, 1)], attributes: {} },
]

const binary = (second = numbers): PlainCase[] =>
  (
    [
      [
        [3, 5, 7],
        [3, 5, 7],
      ],
      [[3, 5, 7], [7]],
      [[3, 5, 7], []],
      [[], [3, 5]],
      [
        [3, 5, 1],
        [3, 5, 7],
      ],
      [
        [5, 1],
        [2, 1, 7],
      ],
      [
        [3, 5, 7],
        [5, 7],
      ],
      [[1], [1, 1]],
    ] as const
  ).map(([a, b]) => ({ inputs: [numbers(...a), second(...b)], attributes: {} }))

const product = (transposeA: boolean, transposeB: boolean, alpha = 1) => ({ transposeA, transposeB, alpha })
const matmul = (attributes: Attributes['matmul'], ...inputs: Operand[]) => of<'matmul'>(attributes, ...inputs)

const scalings: readonly RotaryScaling[] = [
  { type: 'linear', factor: 4 },
  { type: 'llama3', factor: 8, original: 64, low: 1, high: 4 },
  { type: 'yarn', factor: 4, original: 64, slow: 1, fast: 5, gain: 1.2 },
]

/** Queries, keys and values of 8 numbers. */
const heads = (batch: number, count: number, groups: number, time: number): Operand[] => [
  numbers(batch, count, time, 8),
  numbers(batch, groups, time, 8),
  numbers(batch, groups, time, 8),
]

export const cases: { readonly [K in Exclude<Op, 'input' | 'weight'>]: readonly Case<K>[] } = {
  constant: [of({ value: 0.1 })],
  causal_mask: [of({ size: 1 }), of({ size: 7 }), of({ size: 7, window: 3 }), of({ size: 3, window: 9 })],
  add: binary(),
  sub: binary(),
  mul: binary(),
  div: binary(positive),
  maximum: binary(),
  minimum: binary(),
  greater: binary(),
  neg: unary(),
  abs: unary(),
  exp: unary(),
  log: unary(positive),
  sqrt: unary(positive),
  rsqrt: unary(positive),
  tanh: unary(),
  sigmoid: unary(),
  relu: unary(),
  silu: unary(),
  gelu: [
    of({ approximate: 'tanh' }, numbers(3, 5, 7)),
    of({ approximate: 'erf' }, numbers(3, 5, 7)),
    of({ approximate: 'tanh' }, numbers(1)),
  ],
  erf: unary(),
  matmul: [
    matmul(product(false, false), numbers(3, 5), numbers(5, 7)),
    matmul(product(true, false), numbers(5, 3), numbers(5, 7)),
    matmul(product(false, true), numbers(3, 5), numbers(7, 5)),
    matmul(product(true, true, 0.5), numbers(5, 3), numbers(7, 5)),
    matmul(product(false, true), numbers(2, 3, 5), numbers(7, 5)),
    matmul(product(false, true), numbers(1, 1, 5), numbers(1, 5)),
    matmul(product(true, false), numbers(2, 5, 3), numbers(5, 7)),
    matmul(product(false, true, 0.25), numbers(2, 4, 3, 5), numbers(2, 4, 7, 5)),
    matmul(product(true, false), numbers(2, 4, 5, 3), numbers(2, 4, 5, 7)),
    matmul(product(false, true), numbers(2, 2, 3, 4, 5), numbers(2, 2, 1, 6, 5)),
    matmul(product(false, false), numbers(3, 5), numbers(2, 5, 7)),
    matmul(product(false, false), numbers(1, 3, 5), numbers(4, 5, 7)),
  ],
  reshape: [of({ shape: [5, 6] }, numbers(2, 3, 5)), of({ shape: [1] }, numbers()), of({ shape: [6] }, ids(9, 2, 3))],
  transpose: [
    of({ permutation: [0, 2, 1, 3] }, numbers(2, 3, 4, 5)),
    of({ permutation: [1, 0] }, numbers(3, 5)),
    of({ permutation: [2, 0, 1] }, numbers(3, 1, 5)),
  ],
  concat: [
    of({ axis: 1 }, numbers(2, 3), numbers(2, 1), numbers(2, 5)),
    of({ axis: -2 }, numbers(1, 3, 2), numbers(1, 2, 2)),
  ],
  slice: [
    of({ axis: 1, start: 1, end: 4 }, numbers(3, 5, 2)),
    of({ axis: -1, start: 0, end: 1 }, numbers(3, 5)),
    of({ axis: 0, start: 2, end: 3 }, numbers(3)),
  ],
  broadcast: [of({ shape: [3, 5, 7] }, numbers(5, 1)), of({ shape: [2, 3] }, numbers())],
  sum: [
    of({ axes: [0, 1], keep: false }, numbers(3, 5, 7)),
    of({ axes: [0], keep: false }, numbers(6, 7)),
    of({ axes: [-1], keep: true }, numbers(3, 5, 7)),
    of({ axes: [1], keep: false }, numbers(3, 5, 7)),
    of({ axes: [0, 1, 2], keep: false }, numbers(3, 5, 7)),
    of({ axes: [0, 2], keep: true }, numbers(3, 5, 7)),
    of({ axes: [0], keep: true }, numbers(1, 7)),
  ],
  mean: [
    of({ axes: [-1], keep: true }, numbers(3, 5, 7)),
    of({ axes: [0, 1], keep: false }, numbers(3, 5, 7)),
    of({ axes: [0, 1], keep: false }, numbers(3, 5)),
  ],
  gather: [of({}, numbers(9, 5), ids(9, 3, 4)), of({}, numbers(1, 5), ids(1, 1, 1)), of({}, numbers(9, 5), ids(9, 4))],
  scatter_add: [
    of({ rows: 9 }, ids(9, 3, 8), numbers(3, 8, 5)),
    of({ rows: 1 }, ids(1, 2, 2), numbers(2, 2, 1)),
    of({ rows: 4000 }, ids(20, 16, 16), numbers(16, 16, 3)),
  ],
  add_at: [of({}, numbers(3, 4, 9), ids(9, 3, 4), numbers(3, 4)), of({}, numbers(1, 5), ids(5, 1), numbers(1))],
  top_k: [
    of({ k: 1 }, numbers(3, 5, 7)),
    of({ k: 3 }, numbers(3, 5, 7)),
    of({ k: 7 }, numbers(2, 7)),
    // Equal numbers: the first count.
    of({ k: 2 }, bits(6, 5)),
    of({ k: 3 }, bits(40)),
  ],
  softmax: [of({}, numbers(3, 5, 7)), of({}, numbers(2, 1))],
  log_softmax: [of({}, numbers(3, 5, 7)), of({}, numbers(2, 1))],
  log_probability: [of({}, numbers(3, 4, 9), ids(9, 3, 4)), of({}, numbers(1, 5), ids(5, 1))],
  layer_norm: [
    of({ epsilon: 1e-5 }, numbers(3, 5, 7), numbers(7), numbers(7)),
    of({ epsilon: 1e-1 }, numbers(5, 8), numbers(8)),
    of({ epsilon: 1e-5 }, numbers(1, 1, 7), numbers(7), numbers(7)),
  ],
  rms_norm: [of({ epsilon: 1e-5 }, numbers(3, 5, 7), numbers(7)), of({ epsilon: 1e-1 }, numbers(1, 8), numbers(8))],
  inverse_deviation: [
    of({ epsilon: 1e-5, centred: true }, numbers(3, 5, 7)),
    of({ epsilon: 1e-5, centred: false }, numbers(3, 5, 7)),
  ],
  rope: [
    of({ base: 10_000, inverse: false }, numbers(2, 3, 5, 8), ids(50, 2, 5)),
    of({ base: 100, inverse: true }, numbers(1, 1, 3, 2), ids(9, 1, 3)),
    of({ base: 100, inverse: false }, numbers(2, 4, 1, 6), ids(9, 2, 1)),
    ...scalings.map((scaling) =>
      of<'rope'>({ base: 100, inverse: false, scaling }, numbers(2, 3, 5, 12), ids(50, 2, 5)),
    ),
  ],
  attention: [
    of({ causal: true, scale: 0.3 }, numbers(2, 4, 5, 8), numbers(2, 4, 5, 8), numbers(2, 4, 5, 8)),
    of({ causal: false, scale: 1 }, numbers(2, 2, 3, 4), numbers(2, 2, 7, 4), numbers(2, 2, 7, 4)),
    of({ causal: true, scale: 0.3 }, numbers(2, 4, 5, 8), numbers(2, 2, 5, 8), numbers(2, 2, 5, 8)),
    of({ causal: true, scale: 0.3 }, numbers(2, 4, 6, 8), numbers(2, 2, 6, 8), numbers(2, 2, 6, 8), ids(2, 2, 6)),
    of({ causal: true, scale: 0.3 }, numbers(1, 2, 6, 8), numbers(1, 2, 6, 8), numbers(1, 2, 6, 8), ids(2, 1, 6)),
    of({ causal: true, scale: 1 }, numbers(1, 1, 1, 2), numbers(1, 1, 1, 2), numbers(1, 1, 1, 2)),
    of({ causal: true, scale: 0.3, window: 1 }, ...heads(2, 4, 4, 5)),
    of({ causal: true, scale: 0.3, window: 3 }, ...heads(2, 4, 2, 7)),
    of({ causal: true, scale: 0.3, window: 3 }, ...heads(2, 4, 2, 7), ids(2, 2, 7)),
    of({ causal: true, scale: 2, cap: 1.5 }, ...heads(2, 4, 2, 7), ids(2, 2, 7)),
    of({ causal: false, scale: 2, cap: 1.5 }, ...heads(1, 2, 2, 5)),
    of({ causal: true, scale: 0.3, bias: true }, ...heads(2, 4, 2, 7), numbers(7)),
    of({ causal: true, scale: 0.3, bias: true }, ...heads(2, 4, 2, 7), numbers(4, 1, 7)),
    of({ causal: true, scale: 0.3, bias: true }, ...heads(2, 4, 4, 7), numbers(2, 1, 7, 7), ids(2, 2, 7)),
    of({ causal: false, scale: 0.3, bias: true }, ...heads(2, 4, 4, 7), numbers(1, 7)),
    of({ causal: true, scale: 0.3, sinks: true }, ...heads(2, 4, 2, 7), numbers(4)),
    of({ causal: true, scale: 0.3, sinks: true }, ...heads(1, 2, 2, 5), numbers(2)),
    of(
      { causal: true, scale: 0.3, window: 2, cap: 5, bias: true, sinks: true },
      ...heads(2, 4, 2, 7),
      numbers(1, 4, 7, 7),
      numbers(4),
      ids(2, 2, 7),
    ),
  ],
  position_grid: [
    of({ of: 'queries', past: 0 }, ids(50, 2, 5)),
    of({ of: 'keys', past: 0 }, ids(50, 2, 5)),
    of({ of: 'keys', past: 3 }, ids(50, 2, 2)),
    of({ of: 'queries', past: 3 }, ids(50, 2, 1)),
  ],
  shift: [
    of({ by: 1 }, numbers(2, 5, 7), ids(5, 2, 5)),
    of({ by: 3 }, numbers(2, 5, 2, 3), ids(5, 2, 5)),
    of({ by: 9 }, numbers(2, 5, 7), ids(12, 2, 5)),
  ],
  segment_mask: [of({}, ids(3, 2, 5)), of({}, ids(1, 1, 1))],
  dropout: [of({ rate: 0.25 }, numbers(3, 5), bits(3, 5)), of({ rate: 0.5 }, numbers(2, 3, 5), bits(2, 1, 5))],
}
