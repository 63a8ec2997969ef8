/** Shapes: how they broadcast, and the shape of the result of each operation. */

import { attentionInputs } from './attention/attention-inputs.ts'
import type { Attributes, Dim, Dtype, Op, Shape } from './ops.ts'

/** Thrown if shapes do not fit; the message names them. */
export class ShapeError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ShapeError'
  }
}

export interface Typed {
  readonly shape: Shape
  readonly dtype: Dtype
}

/** A shape as text: `[batch, time, 128]`. */
export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** The shape that NumPy's broadcasting gives; a symbol fits only itself and 1. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1
    const y = b[i - rank + b.length] ?? 1
    if (x !== y && x !== 1 && y !== 1)
      throw new ShapeError(`${showShape(a)} and ${showShape(b)} differ, ${x} against ${y}`)
    return x === 1 ? y : x
  })
}

/** Whether a tensor of shape `a` broadcasts to `b`. */
function fitsInto(a: Shape, b: Shape): boolean {
  const skipped = b.length - a.length
  return skipped >= 0 && a.every((dim, i) => dim === 1 || dim === b[i + skipped])
}

/** The product of the numbers, and the symbols in order. Two shapes have the same key if they have the same size. */
function sizeKey(shape: Shape): string {
  const product = shape.reduce<number>((size, dim) => (typeof dim === 'number' ? size * dim : size), 1)
  return [product, ...shape.filter((dim) => typeof dim === 'string').sort()].join('·')
}

/** The number of elements of a shape without symbols. */
export function sizeOf(shape: Shape): number {
  return shape.reduce<number>((size, dim) => size * numeric(dim), 1)
}

/** A size as a number; throws a ShapeError for a symbol. */
export function numeric(dim: Dim): number {
  if (typeof dim === 'string') throw new ShapeError(`the size \`${dim}\` is not bound to a number`)
  return dim
}

/** The index of an axis; negative numbers count from the end. */
export function axisOf(axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis
  if (index < 0 || index >= rank) throw new ShapeError(`there is no axis ${axis} in a tensor with ${rank} axes`)
  return index
}

type Rule<K extends Op> = (inputs: readonly Typed[], attributes: Attributes[K]) => Typed

const float = (shape: Shape): Typed => ({ shape, dtype: 'float32' })

function need(condition: boolean, message: () => string): void {
  if (!condition) throw new ShapeError(message())
}

function floats(inputs: readonly Typed[], count: number): void {
  need(inputs.length === count, () => `${count} tensors are needed, not ${inputs.length}`)
  for (const { dtype, shape } of inputs)
    need(dtype === 'float32', () => `numbers are needed, not the ids ${showShape(shape)}`)
}

const unary = (inputs: readonly Typed[]): Typed => {
  floats(inputs, 1)
  return float(inputs[0]!.shape)
}

const binary = (inputs: readonly Typed[]): Typed => {
  floats(inputs, 2)
  return float(broadcastShapes(inputs[0]!.shape, inputs[1]!.shape))
}

const reduce = (inputs: readonly Typed[], { axes, keep }: Attributes['sum']): Typed => {
  floats(inputs, 1)
  const { shape } = inputs[0]!
  const gone = new Set(axes.map((axis) => axisOf(axis, shape.length)))
  return float(keep ? shape.map((dim, i) => (gone.has(i) ? 1 : dim)) : shape.filter((_, i) => !gone.has(i)))
}

/** Checks that `all` has the axes of `part` and one more at its end. */
function sameBut(all: Shape, part: Shape, message: () => string): void {
  need(all.length === part.length + 1 && part.every((dim, i) => dim === all[i]), message)
}

function lastAxis(inputs: readonly Typed[], others: readonly (Typed | undefined)[], name: string): Typed {
  const { shape } = inputs[0]!
  need(shape.length > 0, () => `${name} of a scalar`)
  for (const other of others)
    need(
      other === undefined || (other.shape.length === 1 && other.shape[0] === shape.at(-1)),
      () => `${name} of ${showShape(shape)} with gains ${showShape(other!.shape)}: ${shape.at(-1)} are needed`,
    )
  return float(shape)
}

/** The shape and type of each operation's result. Inputs and weights state their own: see GraphBuilder. */
export const shapeRules: { readonly [K in Op]: Rule<K> } = {
  input: () => {
    throw new ShapeError('an input states its shape')
  },
  weight: () => {
    throw new ShapeError('a weight states its shape')
  },
  constant: () => float([]),
  causal_mask: (_, { size }) => float([size, size]),
  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  maximum: binary,
  minimum: binary,
  greater: binary,
  neg: unary,
  abs: unary,
  exp: unary,
  log: unary,
  sqrt: unary,
  rsqrt: unary,
  tanh: unary,
  sigmoid: unary,
  relu: unary,
  silu: unary,
  gelu: unary,
  erf: unary,

  matmul: (inputs, { transposeA, transposeB }) => {
    floats(inputs, 2)
    const [a, b] = [inputs[0]!.shape, inputs[1]!.shape]
    need(a.length >= 2 && b.length >= 2, () => `a product of ${showShape(a)} and ${showShape(b)}: each needs two axes`)
    const [m, k] = transposeA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!]
    const [k2, n] = transposeB ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!]
    const turned = (is: boolean) => (is ? ' transposed' : '')
    need(
      k === k2,
      () =>
        `the product of ${showShape(a)}${turned(transposeA)} and ${showShape(b)}${turned(transposeB)} sums over ${k} against ${k2}`,
    )
    return float([...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), m, n])
  },

  reshape: (inputs, { shape }) => {
    const from = inputs[0]!
    need(
      sizeKey(from.shape) === sizeKey(shape),
      () => `${showShape(from.shape)} has not as many elements as ${showShape(shape)}`,
    )
    return { shape, dtype: from.dtype }
  },
  transpose: (inputs, { permutation }) => {
    const { shape, dtype } = inputs[0]!
    const sorted = [...permutation].sort((x, y) => x - y)
    need(
      permutation.length === shape.length && sorted.every((axis, i) => axis === i),
      () => `[${permutation.join(', ')}] is no order of the axes of ${showShape(shape)}`,
    )
    return { shape: permutation.map((axis) => shape[axis]!), dtype }
  },
  concat: (inputs, { axis }) => {
    const { shape, dtype } = inputs[0]!
    const at = axisOf(axis, shape.length)
    let total = 0
    for (const each of inputs) {
      need(
        each.shape.length === shape.length && each.shape.every((dim, i) => i === at || dim === shape[i]),
        () => `${showShape(shape)} and ${showShape(each.shape)} cannot be joined along axis ${axis}`,
      )
      total += numeric(each.shape[at]!)
    }
    return { shape: shape.map((dim, i) => (i === at ? total : dim)), dtype }
  },
  slice: (inputs, { axis, start, end }) => {
    const { shape, dtype } = inputs[0]!
    const at = axisOf(axis, shape.length)
    const size = numeric(shape[at]!)
    need(0 <= start && start < end && end <= size, () => `there is no ${start}..${end} in an axis of ${size}`)
    return { shape: shape.map((dim, i) => (i === at ? end - start : dim)), dtype }
  },
  broadcast: (inputs, { shape }) => {
    const from = inputs[0]!
    const given = broadcastShapes(from.shape, shape)
    need(
      showShape(given) === showShape(shape),
      () => `${showShape(from.shape)} cannot be broadcast to ${showShape(shape)}`,
    )
    return { shape, dtype: from.dtype }
  },

  sum: reduce,
  mean: reduce,

  gather: (inputs) => {
    const [table, ids] = inputs as [Typed, Typed]
    need(table.shape.length === 2, () => `a table has two axes, [rows, dim], not ${showShape(table.shape)}`)
    need(ids.dtype === 'int32', () => `a table is looked up by ids, not by the numbers ${showShape(ids.shape)}`)
    return float([...ids.shape, table.shape[1]!])
  },
  scatter_add: (inputs, { rows }) => {
    const [ids, values] = inputs as [Typed, Typed]
    sameBut(values.shape, ids.shape, () => `ids ${showShape(ids.shape)} for values ${showShape(values.shape)}`)
    return float([rows, values.shape.at(-1)!])
  },
  add_at: (inputs) => {
    const [x, ids, values] = inputs as [Typed, Typed, Typed]
    for (const each of [ids, values])
      sameBut(x.shape, each.shape, () => `${showShape(each.shape)} in the last axis of ${showShape(x.shape)}`)
    return x
  },

  top_k: (inputs, { k }) => {
    floats(inputs, 1)
    const { shape } = inputs[0]!
    const size = shape.length === 0 ? 0 : numeric(shape.at(-1)!)
    need(Number.isInteger(k) && k > 0 && k <= size, () => `the ${k} largest of ${size} numbers`)
    return float(shape)
  },

  softmax: (inputs) => lastAxis(inputs, [], 'softmax'),
  log_softmax: (inputs) => lastAxis(inputs, [], 'log_softmax'),
  log_probability: (inputs) => {
    const [logits, ids] = inputs as [Typed, Typed]
    sameBut(logits.shape, ids.shape, () => `ids ${showShape(ids.shape)} for logits ${showShape(logits.shape)}`)
    return float(ids.shape)
  },
  layer_norm: (inputs) => lastAxis(inputs, [inputs[1], inputs[2]], 'layer_norm'),
  rms_norm: (inputs) => lastAxis(inputs, [inputs[1]], 'rms_norm'),
  inverse_deviation: (inputs) => float([...inputs[0]!.shape.slice(0, -1), 1]),
  rope: (inputs) => {
    const [x, positions] = inputs as [Typed, Typed]
    const { shape } = x
    need(
      shape.length === 4 && positions.shape.length === 2 && positions.shape[1] === shape[2],
      () =>
        `rope takes [batch, heads, time, size] and positions [batch, time], not ${showShape(shape)} and ${showShape(positions.shape)}`,
    )
    const size = shape[3]!
    need(
      typeof size === 'string' || size % 2 === 0,
      () => `rope turns pairs of numbers, but the size of a head is ${size}`,
    )
    return x
  },
  attention: (inputs, attributes) => {
    floats(inputs.slice(0, 3), 3)
    const [q, k, v] = inputs.map((input) => input.shape) as [Shape, Shape, Shape]
    const { bias, sinks } = attentionInputs(attributes, inputs)
    const { window, causal } = attributes
    const all = () => `${showShape(q)}, ${showShape(k)} and ${showShape(v)}`
    need(
      [q, k, v].every((shape) => shape.length === 4),
      () => `attention takes [batch, heads, time, size] for queries, keys and values, not ${all()}`,
    )
    need(
      q[0] === k[0] && q[3] === k[3] && k[0] === v[0] && k[1] === v[1] && k[2] === v[2],
      () => `queries, keys and values do not fit: ${all()}`,
    )
    need(
      numeric(q[1]!) % numeric(k[1]!) === 0,
      () => `${q[1]} heads of queries cannot share ${k[1]} heads of keys and values evenly`,
    )
    need(
      window === undefined || (causal && Number.isInteger(window) && window > 0),
      () => `a window of ${window} needs causal attention and at least 1 token`,
    )
    const logits = [q[0]!, q[1]!, q[2]!, k[2]!]
    need(
      bias === undefined || (bias.dtype === 'float32' && fitsInto(bias.shape, logits)),
      () => `a bias ${showShape(bias!.shape)} for logits ${showShape(logits)} [batch, heads, time, time]`,
    )
    need(
      sinks === undefined || (sinks.shape.length === 1 && sinks.shape[0] === q[1]),
      () => `sinks ${showShape(sinks!.shape)} for ${q[1]} heads of queries: each has one`,
    )
    return float([q[0]!, q[1]!, q[2]!, v[3]!])
  },
  position_grid: (inputs, { of, past }) => {
    const { shape } = inputs[0]!
    need(shape.length === 2, () => `positions are [batch, time], not ${showShape(shape)}`)
    const [batch, time] = shape as [Dim, Dim]
    return float(of === 'queries' ? [batch, 1, time, 1] : [batch, 1, 1, past === 0 ? time : past + numeric(time)])
  },
  shift: (inputs, { by }) => {
    const [x, positions] = inputs as [Typed, Typed]
    floats([x], 1)
    const { shape } = x
    need(
      shape.length >= 3 && showShape(shape.slice(0, 2)) === showShape(positions.shape),
      () => `shift takes [batch, time, …], not ${showShape(shape)}`,
    )
    need(Number.isInteger(by) && by >= 1, () => `a shift by ${by}: it reaches earlier tokens only`)
    return x
  },
  segment_mask: (inputs) => {
    const { shape } = inputs[0]!
    need(shape.length === 2, () => `segments are [batch, time], not ${showShape(shape)}`)
    return float([shape[0]!, 1, shape[1]!, shape[1]!])
  },
  dropout: (inputs) => {
    floats(inputs, 2)
    return float(broadcastShapes(inputs[0]!.shape, inputs[1]!.shape))
  },
}
