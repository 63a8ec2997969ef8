/** The gradient of each operation, written in operations: from the gradient of its result to those of its inputs. */

import type { GraphBuilder } from './build.ts'
import type { GraphNode } from './graph.ts'
import type { Attributes, Op, Shape } from './ops.ts'
import { axisOf, numeric, showShape, sizeOf } from './shape.ts'

/** What a gradient rule sees of the forward graph: everything is bound to numbers. */
interface Place<K extends Op> {
  readonly builder: GraphBuilder
  readonly inputs: readonly number[]
  /** The node's own result. */
  readonly output: number
  readonly attributes: Attributes[K]
  /** The gradient of the loss in the result. */
  readonly gradient: number
}

/** The gradients in the inputs, in order; `undefined` for ids and whatever else has none. Called only for those wanted. */
type Rule<K extends Op> = (place: Place<K>) => readonly ((() => number) | undefined)[]

/** Short names for what the rules are written in. */
class Algebra {
  readonly builder: GraphBuilder

  constructor(builder: GraphBuilder) {
    this.builder = builder
  }

  readonly add = (a: number, b: number) => this.builder.apply('add', [a, b], {})
  readonly sub = (a: number, b: number) => this.builder.apply('sub', [a, b], {})
  readonly mul = (a: number, b: number) => this.builder.apply('mul', [a, b], {})
  readonly div = (a: number, b: number) => this.builder.apply('div', [a, b], {})
  readonly neg = (a: number) => this.builder.apply('neg', [a], {})
  readonly exp = (a: number) => this.builder.apply('exp', [a], {})
  readonly sigmoid = (a: number) => this.builder.apply('sigmoid', [a], {})
  readonly number = (value: number) => this.builder.constant(value)
  readonly scale = (a: number, by: number) => this.mul(a, this.number(by))
  readonly shape = (a: number) => this.builder.shape(a)
  readonly reshape = (a: number, shape: Shape) =>
    showShape(this.shape(a)) === showShape(shape) ? a : this.builder.apply('reshape', [a], { shape })
  readonly sum = (a: number, axes: readonly number[], keep: boolean) =>
    axes.length === 0 ? a : this.builder.apply('sum', [a], { axes, keep })
  readonly mean = (a: number) => this.builder.apply('mean', [a], { axes: [-1], keep: true })
  readonly matmul = (a: number, b: number, transposeA: boolean, transposeB: boolean, alpha: number) =>
    this.builder.apply('matmul', [a, b], { transposeA, transposeB, alpha })

  /** Sums a gradient over the axes along which its tensor was broadcast. */
  to(gradient: number, shape: Shape): number {
    const from = this.shape(gradient)
    if (showShape(from) === showShape(shape)) return gradient
    const extra = from.length - shape.length
    const axes = from.map((_, i) => i).filter((i) => i < extra || (shape[i - extra] === 1 && from[i] !== 1))
    return this.reshape(this.sum(gradient, axes, false), shape)
  }

  /** Gradients of a sum over axes, or of a mean: the same number at each place summed. */
  spread(gradient: number, shape: Shape, axes: readonly number[]): number {
    const gone = new Set(axes.map((axis) => axisOf(axis, shape.length)))
    const kept = shape.map((dim, i) => (gone.has(i) ? 1 : dim))
    return this.builder.apply('broadcast', [this.reshape(gradient, kept)], { shape })
  }

  /** [.., n] as [rows, n]. */
  rows(a: number): number {
    const shape = this.shape(a)
    return this.reshape(a, [sizeOf(shape.slice(0, -1)), shape.at(-1)!])
  }
}

const none = (): readonly undefined[] => []

/** A rule for an operation of one input: its derivative there, times the gradient. */
function unary<K extends Op>(derivative: (a: Algebra, x: number, y: number, gradient: number) => number): Rule<K> {
  return ({ builder, inputs, output, gradient }) => [
    () => derivative(new Algebra(builder), inputs[0]!, output, gradient),
  ]
}

/** A rule for an operation of two inputs that broadcast. */
function binary<K extends Op>(
  first: (a: Algebra, x: number, y: number, gradient: number) => number,
  second: (a: Algebra, x: number, y: number, gradient: number) => number,
): Rule<K> {
  return ({ builder, inputs, gradient }) => {
    const a = new Algebra(builder)
    const [x, y] = inputs as [number, number]
    return [() => a.to(first(a, x, y, gradient), a.shape(x)), () => a.to(second(a, x, y, gradient), a.shape(y))]
  }
}

export const gradientRules: { readonly [K in Op]: Rule<K> } = {
  input: none,
  weight: none,
  constant: none,
  causal_mask: none,
  segment_mask: none,

  add: binary(
    (_, _x, _y, dz) => dz,
    (_, _x, _y, dz) => dz,
  ),
  sub: binary(
    (_, _x, _y, dz) => dz,
    (a, _x, _y, dz) => a.neg(dz),
  ),
  mul: binary(
    (a, _x, y, dz) => a.mul(dz, y),
    (a, x, _y, dz) => a.mul(dz, x),
  ),
  div: binary(
    (a, _x, y, dz) => a.div(dz, y),
    (a, x, y, dz) => a.neg(a.div(a.mul(dz, x), a.mul(y, y))),
  ),
  // Where both are equal the first takes it all.
  maximum: binary(
    (a, x, y, dz) => a.mul(dz, a.sub(a.number(1), a.builder.apply('greater', [y, x], {}))),
    (a, x, y, dz) => a.mul(dz, a.builder.apply('greater', [y, x], {})),
  ),
  minimum: binary(
    (a, x, y, dz) => a.mul(dz, a.sub(a.number(1), a.builder.apply('greater', [x, y], {}))),
    (a, x, y, dz) => a.mul(dz, a.builder.apply('greater', [x, y], {})),
  ),
  greater: none,
  neg: unary((a, _x, _y, dy) => a.neg(dy)),
  exp: unary((a, _x, y, dy) => a.mul(dy, y)),
  log: unary((a, x, _y, dy) => a.div(dy, x)),
  sqrt: unary((a, _x, y, dy) => a.div(a.scale(dy, 0.5), y)),
  rsqrt: unary((a, x, y, dy) => a.div(a.mul(a.scale(dy, -0.5), y), x)),
  tanh: unary((a, _x, y, dy) => a.mul(dy, a.sub(a.number(1), a.mul(y, y)))),
  sigmoid: unary((a, _x, y, dy) => a.mul(dy, a.mul(y, a.sub(a.number(1), y)))),
  relu: unary((a, x, _y, dy) => a.mul(dy, a.builder.apply('greater', [x, a.number(0)], {}))),
  // σ + y·(1 − σ) with σ = sigmoid(x), y = x·σ.
  silu: unary((a, x, y, dy) => {
    const s = a.sigmoid(x)
    return a.mul(dy, a.add(s, a.mul(y, a.sub(a.number(1), s))))
  }),
  gelu: ({ builder, inputs, output, attributes, gradient }) => [
    () => {
      const a = new Algebra(builder)
      const x = inputs[0]!
      const squared = a.mul(x, x)
      if (attributes.approximate === 'erf') {
        // Φ(x) + x·φ(x), Hendrycks and Gimpel 2016.
        const erf = builder.apply('erf', [a.scale(x, Math.SQRT1_2)], {})
        const cumulative = a.scale(a.add(erf, a.number(1)), 0.5)
        const density = a.scale(a.exp(a.scale(squared, -0.5)), 1 / Math.sqrt(2 * Math.PI))
        return a.mul(gradient, a.add(cumulative, a.mul(x, density)))
      }
      // The approximation is x·σ(w) with w = x·(c + d·x²), c = 2√(2/π), d = 0.044715·c; so its derivative is that of silu,
      // with w' = c + 3d·x².
      const c = 2 * Math.sqrt(2 / Math.PI)
      const d = 0.044715 * c
      const s = a.sigmoid(a.mul(x, a.add(a.scale(squared, d), a.number(c))))
      const inner = a.add(a.scale(squared, 3 * d), a.number(c))
      return a.mul(gradient, a.add(s, a.mul(a.mul(output, a.sub(a.number(1), s)), inner)))
    },
  ],
  erf: unary((a, x, _y, dy) => a.mul(dy, a.scale(a.exp(a.neg(a.mul(x, x))), 2 / Math.sqrt(Math.PI)))),

  matmul: ({ builder, inputs, attributes, gradient }) => {
    const a = new Algebra(builder)
    const [x, w] = inputs as [number, number]
    const { transposeA, transposeB, alpha } = attributes
    const flat = !transposeA && a.shape(w).length === 2 && a.shape(x).length > 2
    return [
      () =>
        a.to(
          transposeA
            ? a.matmul(w, gradient, transposeB, true, alpha)
            : a.matmul(gradient, w, false, !transposeB, alpha),
          a.shape(x),
        ),
      () => {
        // A weight that meets every row: one product over all rows, not one for each batch and then their sum.
        const [rows, dy] = flat ? [a.rows(x), a.rows(gradient)] : [x, gradient]
        return a.to(
          transposeB ? a.matmul(dy, rows, true, transposeA, alpha) : a.matmul(rows, dy, !transposeA, false, alpha),
          a.shape(w),
        )
      },
    ]
  },

  reshape: unary((a, x, _y, dy) => a.reshape(dy, a.shape(x))),
  transpose: ({ builder, attributes, gradient }) => [
    () => {
      const { permutation } = attributes
      return builder.apply('transpose', [gradient], { permutation: permutation.map((_, i) => permutation.indexOf(i)) })
    },
  ],
  concat: ({ builder, inputs, attributes, gradient }) => {
    let start = 0
    return inputs.map((input) => {
      const shape = builder.shape(input)
      const from = start
      start += numeric(shape[axisOf(attributes.axis, shape.length)]!)
      const end = start
      return () => builder.apply('slice', [gradient], { axis: attributes.axis, start: from, end })
    })
  },
  slice: ({ builder, inputs, attributes, gradient }) => [
    () => {
      const { axis, start, end } = attributes
      const shape = builder.shape(inputs[0]!)
      const at = axisOf(axis, shape.length)
      const whole = numeric(shape[at]!)
      const zeros = (length: number) =>
        builder.apply('broadcast', [builder.constant(0)], {
          shape: shape.map((dim, i) => (i === at ? length : dim)),
        })
      const parts = [...(start > 0 ? [zeros(start)] : []), gradient, ...(end < whole ? [zeros(whole - end)] : [])]
      return parts.length === 1 ? gradient : builder.apply('concat', parts, { axis })
    },
  ],
  broadcast: unary((a, x, _y, dy) => a.to(dy, a.shape(x))),

  sum: ({ builder, inputs, attributes, gradient }) => [
    () => new Algebra(builder).spread(gradient, builder.shape(inputs[0]!), attributes.axes),
  ],
  mean: ({ builder, inputs, output, attributes, gradient }) => [
    () => {
      const a = new Algebra(builder)
      const shape = a.shape(inputs[0]!)
      return a.spread(a.scale(gradient, sizeOf(a.shape(output)) / sizeOf(shape)), shape, attributes.axes)
    },
  ],

  gather: ({ builder, inputs, gradient }) => [
    () => builder.apply('scatter_add', [inputs[1]!, gradient], { rows: builder.shape(inputs[0]!)[0]! }),
    undefined,
  ],
  scatter_add: ({ builder, inputs, gradient }) => [
    undefined,
    () => builder.apply('gather', [gradient, inputs[0]!], {}),
  ],
  add_at: ({ builder, inputs, gradient }) => [
    () => gradient,
    undefined,
    () => {
      const a = new Algebra(builder)
      const [zeros, ones] = [inputs[0]!, inputs[2]!].map((like, i) =>
        builder.apply('broadcast', [a.number(i)], { shape: a.shape(like) }),
      ) as [number, number]
      const oneHot = builder.apply('add_at', [zeros, inputs[1]!, ones], {})
      return a.sum(a.mul(gradient, oneHot), [-1], false)
    },
  ],

  // y ∘ (dy − Σ y·dy).
  softmax: unary((a, _x, y, dy) => {
    const product = a.mul(dy, y)
    return a.sub(product, a.mul(y, a.sum(product, [-1], true)))
  }),
  log_softmax: unary((a, _x, y, dy) => a.sub(dy, a.mul(a.exp(y), a.sum(dy, [-1], true)))),
  // dy at the id, less dy · softmax everywhere.
  log_probability: ({ builder, inputs, gradient }) => [
    () => {
      const a = new Algebra(builder)
      const [logits, ids] = inputs as [number, number]
      const probabilities = a.exp(builder.apply('log_softmax', [logits], {}))
      const column = a.reshape(a.neg(gradient), [...a.shape(gradient), 1])
      return builder.apply('add_at', [a.mul(probabilities, column), ids, gradient], {})
    },
    undefined,
  ],
  layer_norm: ({ builder, inputs, attributes, gradient }) => {
    const a = new Algebra(builder)
    const [x, gain, bias] = inputs as [number, number, number?]
    const deviation = () => builder.apply('inverse_deviation', [x], { epsilon: attributes.epsilon, centred: true })
    const normal = () => a.mul(a.sub(x, a.mean(x)), deviation())
    return [
      () => {
        const inner = a.mul(gradient, gain)
        const along = a.add(a.mean(inner), a.mul(normal(), a.mean(a.mul(inner, normal()))))
        return a.mul(a.sub(inner, along), deviation())
      },
      () => a.to(a.mul(gradient, normal()), a.shape(gain)),
      bias === undefined ? undefined : () => a.to(gradient, a.shape(bias)),
    ]
  },
  rms_norm: ({ builder, inputs, attributes, gradient }) => {
    const a = new Algebra(builder)
    const [x, gain] = inputs as [number, number]
    const deviation = () => builder.apply('inverse_deviation', [x], { epsilon: attributes.epsilon, centred: false })
    const normal = () => a.mul(x, deviation())
    return [
      () => {
        const inner = a.mul(gradient, gain)
        return a.mul(a.sub(inner, a.mul(normal(), a.mean(a.mul(inner, normal())))), deviation())
      },
      () => a.to(a.mul(gradient, normal()), a.shape(gain)),
    ]
  },
  // y = (v + ε)^(−1/2), v the variance: dy/dx = −y³ · (x − mean) / n.
  inverse_deviation: ({ builder, inputs, output, attributes, gradient }) => [
    () => {
      const a = new Algebra(builder)
      const x = inputs[0]!
      const cubed = a.mul(a.mul(output, output), output)
      const factor = a.scale(a.mul(gradient, cubed), -1 / numeric(a.shape(x).at(-1)!))
      return a.mul(factor, attributes.centred ? a.sub(x, a.mean(x)) : x)
    },
  ],
  rope: ({ builder, inputs, attributes, gradient }) => [
    () => builder.apply('rope', [gradient, inputs[1]!], { ...attributes, inverse: !attributes.inverse }),
    undefined,
  ],
  attention: () => {
    throw new Error('attention is written out before a graph is differentiated: see expand.ts')
  },
  dropout: ({ builder, inputs, attributes, gradient }) => [
    () => builder.apply('dropout', [gradient, inputs[1]!], attributes),
    undefined,
  ],
}

/** The gradients in the inputs of `node`, for those that are `wanted`. */
export function inputGradients(
  builder: GraphBuilder,
  node: GraphNode,
  inputs: readonly number[],
  output: number,
  gradient: number,
  wanted: (input: number) => boolean,
): readonly (number | undefined)[] {
  const rule = gradientRules[node.op] as Rule<Op>
  const rules = rule({ builder, inputs, output, attributes: node.attributes as Attributes[Op], gradient })
  return inputs.map((input, i) => (wanted(input) ? rules[i]?.() : undefined))
}
