/**
 * Expressions over the nodes of a graph under construction, so that losses and gradients read as their equations: `mul(neg(a), ratio)`.
 * A number stands for a constant. Operands are built in the order that they are written in.
 */

import type { GraphBuilder } from './build.ts'
import type { Attributes, Dtype, Op, Shape } from './ops.ts'
import { axisOf, showShape, sizeOf } from './shape.ts'

/** A node of a graph under construction. */
export class Expr {
  readonly builder: GraphBuilder
  readonly node: number

  constructor(builder: GraphBuilder, node: number) {
    this.builder = builder
    this.node = node
  }

  get shape(): Shape {
    return this.builder.shape(this.node)
  }
}

/** An expression, or a number that stands for a constant. */
export type Term = Expr | number

/** Applies any operation. `scope` is the part of the model that the node belongs to. */
export function apply<K extends Op>(
  op: K,
  inputs: readonly [Expr, ...Expr[]],
  attributes: Attributes[K],
  scope?: string,
): Expr {
  const { builder } = inputs[0]
  return new Expr(
    builder,
    builder.apply(
      op,
      inputs.map(({ node }) => node),
      attributes,
      scope,
    ),
  )
}

/** A constant in the graph of `builder`. */
export function constant(builder: GraphBuilder, value: number): Expr {
  return new Expr(builder, builder.constant(value))
}

/** An input of the graph of `builder`, fed by name. */
export function input(builder: GraphBuilder, name: string, shape: Shape, dtype: Dtype = 'float32'): Expr {
  return new Expr(builder, builder.input(name, shape, dtype))
}

function lift(term: Term, like: Term): Expr {
  if (term instanceof Expr) return term
  if (like instanceof Expr) return constant(like.builder, term)
  throw new Error('an operation of two constants belongs in TypeScript')
}

const unary =
  (op: UnaryOp) =>
  (x: Expr, scope?: string): Expr =>
    apply(op, [x], {}, scope)

type UnaryOp = 'neg' | 'abs' | 'exp' | 'tanh' | 'sigmoid' | 'erf' | 'log_softmax'

export const neg = unary('neg')
export const abs = unary('abs')
export const exp = unary('exp')
export const tanh = unary('tanh')
export const sigmoid = unary('sigmoid')
export const erf = unary('erf')
export const logSoftmax = unary('log_softmax')

type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'greater'

const binary =
  (op: BinaryOp) =>
  (x: Term, y: Term, scope?: string): Expr => {
    const first = lift(x, y)
    return apply(op, [first, lift(y, first)], {}, scope)
  }

export const add = binary('add')
export const sub = binary('sub')
export const mul = binary('mul')
export const div = binary('div')
export const maximum = binary('maximum')
export const minimum = binary('minimum')
/** 1 where x is greater than y, else 0. */
export const greater = binary('greater')

/** x · factor; x itself if the factor is 1. */
export function scale(x: Expr, factor: number): Expr {
  return factor === 1 ? x : mul(x, factor)
}

/** x within [min, max]. */
export function clip(x: Expr, min: number, max: number, scope?: string): Expr {
  return minimum(maximum(x, min, scope), max, scope)
}

export function square(x: Expr): Expr {
  return mul(x, x)
}

/** The sum over axes, which are dropped, or kept with size 1. */
export function sum(x: Expr, axes: readonly number[], keep = false): Expr {
  return apply('sum', [x], { axes, keep })
}

/** The mean over the last axis, which is kept with size 1. */
export function rowMean(x: Expr): Expr {
  return apply('mean', [x], { axes: [-1], keep: true })
}

export function reshape(x: Expr, shape: Shape, scope?: string): Expr {
  return apply('reshape', [x], { shape }, scope)
}

/** Tensors joined along an axis. */
export function concat(parts: readonly [Expr, ...Expr[]], axis: number, scope?: string): Expr {
  return apply('concat', parts, { axis }, scope)
}

/** The part of an axis from `start` up to and without `end`. */
export function slice(x: Expr, axis: number, start: number, end: number, scope?: string): Expr {
  return apply('slice', [x], { axis, start, end }, scope)
}

/** The product of matrices, each transposed first if the options say so, times `alpha`. */
export function matmul(
  x: Expr,
  y: Expr,
  { transposeA = false, transposeB = false, alpha = 1 }: Partial<Attributes['matmul']> = {},
  scope?: string,
): Expr {
  return apply('matmul', [x, y], { transposeA, transposeB, alpha }, scope)
}

/** The rows of `table` [rows, dim] at `ids` [...]: [..., dim]. */
export function gather(table: Expr, ids: Expr, scope?: string): Expr {
  return apply('gather', [table, ids], {}, scope)
}

/** log softmax(logits)[id] of each row, in nats. */
export function logProbability(logits: Expr, ids: Expr): Expr {
  return apply('log_probability', [logits, ids], {})
}

/** x with its shape if it has it already, else reshaped. */
export function reshapeIfNeeded(x: Expr, shape: Shape): Expr {
  return showShape(x.shape) === showShape(shape) ? x : reshape(x, shape)
}

/** The sum over the axes along which a tensor of `shape` was broadcast to x: the gradient in that tensor. */
export function sumTo(x: Expr, shape: Shape): Expr {
  const from = x.shape
  if (showShape(from) === showShape(shape)) return x
  const extra = from.length - shape.length
  const axes = from.map((_, i) => i).filter((i) => i < extra || (shape[i - extra] === 1 && from[i] !== 1))
  return reshapeIfNeeded(axes.length === 0 ? x : sum(x, axes), shape)
}

/** x, which lacks `axes` or has them with size 1, repeated along them to `shape`: the gradient of a sum over these axes. */
export function spread(x: Expr, shape: Shape, axes: readonly number[]): Expr {
  const gone = new Set(axes.map((axis) => axisOf(axis, shape.length)))
  const kept = shape.map((dim, i) => (gone.has(i) ? 1 : dim))
  return apply('broadcast', [reshapeIfNeeded(x, kept)], { shape })
}

/** [..., n] as [rows, n]. */
export function asRows(x: Expr): Expr {
  return reshapeIfNeeded(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!])
}
