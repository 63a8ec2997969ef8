/** The gradient of each operation, written in operations: from the gradient of its result to the gradients of its inputs. */

import type { GraphBuilder } from '../build.ts'
import {
  add,
  apply,
  asRows,
  constant,
  div,
  Expr,
  erf,
  exp,
  gather,
  greater,
  logSoftmax,
  matmul,
  mul,
  neg,
  reshapeIfNeeded,
  rowMean,
  sigmoid,
  spread,
  sub,
  sum,
  sumTo,
} from '../expr.ts'
import type { GraphNode } from '../graph.ts'
import type { Attributes, Op } from '../ops.ts'
import { axisOf, numeric, sizeOf } from '../shape.ts'

/** A node of the forward graph, as its gradient rule sees it; all sizes are numbers. */
interface RuleContext<K extends Op> {
  readonly builder: GraphBuilder
  readonly inputs: readonly Expr[]
  /** The node's own result. */
  readonly output: Expr
  readonly attributes: Attributes[K]
  /** The gradient of the loss in the result. */
  readonly gradient: Expr
}

/** The gradients in the inputs, in order; `undefined` for ids and other inputs without one. Only those wanted are called. */
type Rule<K extends Op> = (context: RuleContext<K>) => readonly ((() => Expr) | undefined)[]

const none = (): readonly undefined[] => []

/** A rule for an operation y of one input x: its derivative there, times the gradient dy. */
function unary<K extends Op>(derivative: (x: Expr, y: Expr, dy: Expr) => Expr): Rule<K> {
  return ({ inputs, output, gradient }) => [() => derivative(inputs[0]!, output, gradient)]
}

/** A rule for an operation of two inputs x and y that broadcast; dz is the gradient. */
function binary<K extends Op>(
  first: (x: Expr, y: Expr, dz: Expr) => Expr,
  second: (x: Expr, y: Expr, dz: Expr) => Expr,
): Rule<K> {
  return ({ inputs, gradient }) => {
    const [x, y] = inputs as [Expr, Expr]
    return [() => sumTo(first(x, y, gradient), x.shape), () => sumTo(second(x, y, gradient), y.shape)]
  }
}

/** The constant 1, built before what it is subtracted from: the order of nodes is part of the golden graphs. */
const one = ({ builder }: Expr): Expr => constant(builder, 1)

function expanded(): never {
  throw new Error('composite operations are expanded before a graph is differentiated: see expand.ts')
}

export const gradientRules: { readonly [K in Op]: Rule<K> } = {
  input: none,
  weight: none,
  constant: none,
  causal_mask: none,
  segment_mask: none,
  position_grid: none,
  top_k: none,

  add: binary(
    (_x, _y, dz) => dz,
    (_x, _y, dz) => dz,
  ),
  sub: binary(
    (_x, _y, dz) => dz,
    (_x, _y, dz) => neg(dz),
  ),
  mul: binary(
    (_x, y, dz) => mul(dz, y),
    (x, _y, dz) => mul(dz, x),
  ),
  div: binary(
    (_x, y, dz) => div(dz, y),
    (x, y, dz) => neg(div(mul(dz, x), mul(y, y))),
  ),
  // If both are equal, the first takes the whole gradient.
  maximum: binary(
    (x, y, dz) => mul(dz, sub(one(dz), greater(y, x))),
    (x, y, dz) => mul(dz, greater(y, x)),
  ),
  minimum: binary(
    (x, y, dz) => mul(dz, sub(one(dz), greater(x, y))),
    (x, y, dz) => mul(dz, greater(x, y)),
  ),
  greater: none,
  neg: unary((_x, _y, dy) => neg(dy)),
  // The sign, which is 0 at 0.
  abs: unary((x, _y, dy) => mul(dy, sub(greater(x, 0), greater(0, x)))),
  exp: unary((_x, y, dy) => mul(dy, y)),
  log: unary((x, _y, dy) => div(dy, x)),
  sqrt: unary((_x, y, dy) => div(mul(dy, 0.5), y)),
  rsqrt: unary((x, y, dy) => div(mul(mul(dy, -0.5), y), x)),
  tanh: unary((_x, y, dy) => mul(dy, sub(one(y), mul(y, y)))),
  sigmoid: unary((_x, y, dy) => mul(dy, mul(y, sub(1, y)))),
  relu: unary((x, _y, dy) => mul(dy, greater(x, 0))),
  // σ + y·(1 − σ) with σ = sigmoid(x), y = x·σ.
  silu: unary((x, y, dy) => {
    const s = sigmoid(x)
    return mul(dy, add(s, mul(y, sub(1, s))))
  }),
  gelu: ({ inputs, output, attributes, gradient }) => [
    () => {
      const x = inputs[0]!
      const squared = mul(x, x)
      if (attributes.approximate === 'erf') {
        // Φ(x) + x·φ(x), Hendrycks and Gimpel 2016.
        const cumulative = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5)
        const density = mul(exp(mul(squared, -0.5)), 1 / Math.sqrt(2 * Math.PI))
        return mul(gradient, add(cumulative, mul(x, density)))
      }
      // The approximation is x·σ(w) with w = x·(c + d·x²), c = 2√(2/π), d = 0.044715·c; so its derivative is that of silu,
      // with w' = c + 3d·x².
      const c = 2 * Math.sqrt(2 / Math.PI)
      const d = 0.044715 * c
      const s = sigmoid(mul(x, add(mul(squared, d), c)))
      const inner = add(mul(squared, 3 * d), c)
      return mul(gradient, add(s, mul(mul(output, sub(1, s)), inner)))
    },
  ],
  erf: unary((x, _y, dy) => mul(dy, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))),

  matmul: ({ inputs, attributes, gradient }) => {
    const [x, w] = inputs as [Expr, Expr]
    const { transposeA, transposeB, alpha } = attributes
    const isFlat = !transposeA && w.shape.length === 2 && x.shape.length > 2
    return [
      () =>
        sumTo(
          transposeA
            ? matmul(w, gradient, { transposeA: transposeB, transposeB: true, alpha })
            : matmul(gradient, w, { transposeB: !transposeB, alpha }),
          x.shape,
        ),
      () => {
        // A weight that is multiplied with every row: one product over all rows, instead of one for each batch and then their sum.
        const [rows, dy] = isFlat ? [asRows(x), asRows(gradient)] : [x, gradient]
        return sumTo(
          transposeB
            ? matmul(dy, rows, { transposeA: true, transposeB: transposeA, alpha })
            : matmul(rows, dy, { transposeA: !transposeA, alpha }),
          w.shape,
        )
      },
    ]
  },

  reshape: unary((x, _y, dy) => reshapeIfNeeded(dy, x.shape)),
  transpose: ({ attributes, gradient }) => [
    () => {
      const { permutation } = attributes
      return apply('transpose', [gradient], { permutation: permutation.map((_, i) => permutation.indexOf(i)) })
    },
  ],
  concat: ({ inputs, attributes, gradient }) => {
    let start = 0
    return inputs.map(({ shape }) => {
      const from = start
      start += numeric(shape[axisOf(attributes.axis, shape.length)]!)
      const end = start
      return () => apply('slice', [gradient], { axis: attributes.axis, start: from, end })
    })
  },
  slice: ({ builder, inputs, attributes, gradient }) => [
    () => {
      const { axis, start, end } = attributes
      const { shape } = inputs[0]!
      const at = axisOf(axis, shape.length)
      const whole = numeric(shape[at]!)
      const zeros = (length: number) =>
        apply('broadcast', [constant(builder, 0)], { shape: shape.map((dim, i) => (i === at ? length : dim)) })
      const before = start > 0 ? [zeros(start)] : []
      const after = end < whole ? [zeros(whole - end)] : []
      const [first = gradient, ...others] = [...before, gradient, ...after]
      return others.length === 0 ? first : apply('concat', [first, ...others], { axis })
    },
  ],
  broadcast: unary((x, _y, dy) => sumTo(dy, x.shape)),

  sum: ({ inputs, attributes, gradient }) => [() => spread(gradient, inputs[0]!.shape, attributes.axes)],
  mean: ({ inputs, output, attributes, gradient }) => [
    () => {
      const { shape } = inputs[0]!
      return spread(mul(gradient, sizeOf(output.shape) / sizeOf(shape)), shape, attributes.axes)
    },
  ],

  gather: ({ inputs: [table, ids], gradient }) => [
    () => apply('scatter_add', [ids!, gradient], { rows: table!.shape[0]! }),
    undefined,
  ],
  scatter_add: ({ inputs: [ids], gradient }) => [undefined, () => gather(gradient, ids!)],
  add_at: ({ builder, inputs, gradient }) => [
    () => gradient,
    undefined,
    () => {
      const [x, ids, values] = inputs as [Expr, Expr, Expr]
      const filled = (value: number, { shape }: Expr) => apply('broadcast', [constant(builder, value)], { shape })
      const oneHot = apply('add_at', [filled(0, x), ids, filled(1, values)], {})
      return sum(mul(gradient, oneHot), [-1])
    },
  ],

  // y ∘ (dy − Σ y·dy).
  softmax: unary((_x, y, dy) => {
    const product = mul(dy, y)
    return sub(product, mul(y, sum(product, [-1], true)))
  }),
  log_softmax: unary((_x, y, dy) => sub(dy, mul(exp(y), sum(dy, [-1], true)))),
  // dy at the id, less dy · softmax everywhere.
  log_probability: ({ inputs, gradient }) => [
    () => {
      const [logits, ids] = inputs as [Expr, Expr]
      const probabilities = exp(logSoftmax(logits))
      const column = reshapeIfNeeded(neg(gradient), [...gradient.shape, 1])
      return apply('add_at', [mul(probabilities, column), ids, gradient], {})
    },
    undefined,
  ],
  layer_norm: ({ inputs, attributes, gradient }) => {
    const [x, gain, bias] = inputs as [Expr, Expr, Expr?]
    const deviation = () => apply('inverse_deviation', [x], { epsilon: attributes.epsilon, centred: true })
    const normal = () => mul(sub(x, rowMean(x)), deviation())
    return [
      () => {
        const inner = mul(gradient, gain)
        const along = add(rowMean(inner), mul(normal(), rowMean(mul(inner, normal()))))
        return mul(sub(inner, along), deviation())
      },
      () => sumTo(mul(gradient, normal()), gain.shape),
      bias && (() => sumTo(gradient, bias.shape)),
    ]
  },
  rms_norm: ({ inputs, attributes, gradient }) => {
    const [x, gain] = inputs as [Expr, Expr]
    const deviation = () => apply('inverse_deviation', [x], { epsilon: attributes.epsilon, centred: false })
    const normal = () => mul(x, deviation())
    return [
      () => {
        const inner = mul(gradient, gain)
        return mul(sub(inner, mul(normal(), rowMean(mul(inner, normal())))), deviation())
      },
      () => sumTo(mul(gradient, normal()), gain.shape),
    ]
  },
  // y = (v + ε)^(−1/2), v the variance: dy/dx = −y³ · (x − mean) / n.
  inverse_deviation: ({ inputs, output, attributes, gradient }) => [
    () => {
      const x = inputs[0]!
      const cubed = mul(mul(output, output), output)
      const factor = mul(mul(gradient, cubed), -1 / numeric(x.shape.at(-1)!))
      return mul(factor, attributes.centred ? sub(x, rowMean(x)) : x)
    },
  ],
  rope: ({ inputs: [, positions], attributes, gradient }) => [
    () => apply('rope', [gradient, positions!], { ...attributes, inverse: !attributes.inverse }),
    undefined,
  ],
  attention: expanded,
  shift: expanded,
  dropout: ({ inputs: [, mask], attributes, gradient }) => [
    () => apply('dropout', [gradient, mask!], attributes),
    undefined,
  ],
}

/** The gradients in the inputs of `node`, as nodes of `builder`, for those inputs that are `wanted`. */
export function inputGradients(
  builder: GraphBuilder,
  node: GraphNode,
  inputs: readonly number[],
  output: number,
  gradient: number,
  wanted: (input: number) => boolean,
): readonly (number | undefined)[] {
  const rule = gradientRules[node.op] as Rule<Op>
  const rules = rule({
    builder,
    inputs: inputs.map((input) => new Expr(builder, input)),
    output: new Expr(builder, output),
    attributes: node.attributes as Attributes[Op],
    gradient: new Expr(builder, gradient),
  })
  return inputs.map((input, i) => (wanted(input) ? rules[i]?.().node : undefined))
}
