/**
 * Causality: whether the logits at a position depend on later tokens. A language model that sees the token it has to
 * predict reaches a very low loss and cannot generate text, so such an architecture must not be trained.
 *
 * The analysis follows each tensor of an unbound graph, in which an axis of positions has the size `time`. It errs on the safe side:
 * a model that it calls causal is causal, and an operation that it cannot follow counts as one that looks ahead.
 */

import { attentionInputs } from './attention/attention-inputs.ts'
import type { GraphNode } from './graph.ts'
import type { Attributes, Op, Shape } from './ops.ts'
import { axisOf } from './shape.ts'

/** Two axes of positions of one tensor: at (q, k), a number with k after q is blocked. */
interface Pattern {
  readonly q: number
  readonly k: number
}

/** How the numbers of a tensor depend on the tokens. */
interface Reach {
  /** Axes of positions: a number at index i of such an axis depends on tokens up to position i. */
  readonly axes: ReadonlySet<number>
  /** The node that first mixed in later tokens; `undefined` if no node did. */
  readonly ahead?: number
  /** Numbers with k after q are so low that softmax makes them 0. */
  readonly low?: Pattern
  /** Numbers with k after q are exactly 0. */
  readonly zero?: Pattern
  /** The tensor may hold numbers as large as those of a mask, which could lift numbers that another mask made low. */
  readonly large?: true
}

interface Operand extends Reach {
  readonly shape: Shape
  readonly node: GraphNode
}

type Rule<K extends Op> = (
  inputs: readonly Operand[],
  node: { readonly index: number; readonly shape: Shape; readonly attributes: Attributes[K] },
) => Reach

/** Operations whose results are small whatever their inputs are. */
const bounded: ReadonlySet<Op> = new Set([
  'softmax',
  'sigmoid',
  'tanh',
  'greater',
  'top_k',
  'erf',
  'rms_norm',
  'layer_norm',
])

const none: Reach = { axes: new Set() }

/**
 * The node that lets `output` [batch, time, …] depend on later tokens, an index into `nodes`; `undefined` if `output` is causal.
 */
export function lookahead(nodes: readonly GraphNode[], output: number): number | undefined {
  const reaches: Reach[] = []
  for (const [index, node] of nodes.entries()) {
    const inputs = node.inputs.map((input) => ({
      ...reaches[input]!,
      shape: nodes[input]!.shape,
      node: nodes[input]!,
    }))
    const rule = rules[node.op] as Rule<Op>
    const reach = rule(inputs, { index, shape: node.shape, attributes: node.attributes })
    const ahead = inputs.find((input) => input.ahead !== undefined)?.ahead ?? reach.ahead
    const large = node.op === 'causal_mask' || (!bounded.has(node.op) && inputs.some((input) => input.large))
    reaches.push({ ...reach, ...(ahead === undefined ? {} : { ahead }), ...(large ? { large } : {}) })
  }
  const { axes, ahead } = reaches[output]!
  // Further axes of positions would let a number see up to their index.
  return ahead ?? ([...axes].some((axis) => axis !== 1) ? output : undefined)
}

/** The reach with each axis moved; `to` returns `undefined` for an axis that is dropped. */
function moved(reach: Reach, to: (axis: number) => number | undefined): Reach {
  const axes = new Set([...reach.axes].flatMap((axis) => to(axis) ?? []))
  return { axes, ...patterns({ low: shifted(reach.low, to), zero: shifted(reach.zero, to) }) }
}

function shifted(pattern: Pattern | undefined, to: (axis: number) => number | undefined): Pattern | undefined {
  if (pattern === undefined) return undefined
  const [q, k] = [to(pattern.q), to(pattern.k)]
  return q === undefined || k === undefined ? undefined : { q, k }
}

function patterns({
  low,
  zero,
}: {
  low?: Pattern | undefined
  zero?: Pattern | undefined
}): Pick<Reach, 'low' | 'zero'> {
  return { ...(low === undefined ? {} : { low }), ...(zero === undefined ? {} : { zero }) }
}

/** The reach of an operand that is broadcast to `rank` axes: its axes are counted from the end. */
function aligned(operand: Operand, rank: number): Reach {
  return moved(operand, (axis) => axis + rank - operand.shape.length)
}

function union(reaches: readonly Reach[]): ReadonlySet<number> {
  return new Set(reaches.flatMap(({ axes }) => [...axes]))
}

/** Each number is computed from the numbers at the same index; no pattern survives the operation. */
const elementwise: Rule<Op> = (inputs, { shape }) => ({
  axes: union(inputs.map((input) => aligned(input, shape.length))),
})

/** The same for an operation that maps 0 to 0: zeros survive. */
const keepsZero: Rule<Op> = (inputs, node) => ({
  ...elementwise(inputs, node),
  ...patterns({ zero: aligned(inputs[0]!, node.shape.length).zero }),
})

/** The reach after all numbers along `axis` have been mixed. */
function mixed(reach: Reach, axis: number, index: number): { axes: ReadonlySet<number>; ahead?: number } {
  if (!reach.axes.has(axis)) return { axes: reach.axes }
  const axes = new Set(reach.axes)
  axes.delete(axis)
  if (reach.zero?.k !== axis) return { axes, ahead: index }
  return { axes: axes.add(reach.zero.q) }
}

/** The reach after numbers have moved along `axis`: if it was one of positions, an index of the result is not a position. */
function displaced(axes: ReadonlySet<number>, axis: number, index: number): Reach {
  return { axes, ...(axes.has(axis) ? { ahead: index } : {}) }
}

const throughout = (reach: Reach, axis: number): Reach => ({ ...reach, axes: new Set(reach.axes).add(axis) })

/** The rule of operations that mix all numbers along the last axis. */
const lastAxis: Rule<Op> = (inputs, { index, shape }) => {
  const all: Reach = { axes: union(inputs.map((input) => aligned(input, shape.length))) }
  return mixed(all, shape.length - 1, index)
}

/** Softmax gives 0 for low scores, and its sum does not depend on them. */
const softmax: Rule<'softmax'> = ([x], { index, shape }) => {
  const last = shape.length - 1
  if (x!.low?.k !== last) return mixed({ axes: x!.axes }, last, index)
  const axes = new Set(x!.axes)
  if (axes.delete(last)) axes.add(x!.low.q)
  return { axes, zero: x!.low }
}

/** The sum does not depend on low scores, but they remain in the result. */
const logSoftmax: Rule<'log_softmax'> = ([x], { index, shape }) => {
  const last = shape.length - 1
  if (x!.low?.k !== last) return mixed({ axes: x!.axes }, last, index)
  const axes = x!.axes.has(last) ? new Set([...x!.axes, x!.low.q]) : x!.axes
  return { axes, low: x!.low }
}

const reduction: Rule<'sum' | 'mean'> = ([x], { index, attributes: { axes, keep } }) => {
  const rank = x!.shape.length
  let reach: Reach = x!
  for (const axis of axes) {
    const { zero } = reach
    reach = { ...mixed(reach, axisOf(axis, rank), index), ...patterns({ zero }) }
  }
  const gone = axes.map((axis) => axisOf(axis, rank))
  const to = (axis: number) => {
    if (gone.includes(axis)) return undefined
    return keep ? axis : axis - gone.filter((each) => each < axis).length
  }
  return { ...moved(reach, to), ...(reach.ahead === undefined ? {} : { ahead: reach.ahead }) }
}

const matmul: Rule<'matmul'> = ([a, b], { index, shape, attributes: { transposeA, transposeB } }) => {
  const rank = shape.length
  const [left, right] = [aligned(a!, rank), aligned(b!, rank)]
  const summed = { left: transposeA ? rank - 2 : rank - 1, right: transposeB ? rank - 1 : rank - 2 }
  // A product is 0 where either factor is, so the zeros of one factor shield the sum over the other.
  const pattern =
    left.zero?.k === summed.left && right.zero?.k !== summed.right
      ? { of: left, q: left.zero.q }
      : right.zero?.k === summed.right
        ? { of: right, q: right.zero.q }
        : undefined
  const axes = new Set<number>()
  let ahead: number | undefined
  for (const [reach, axis, free, place] of [
    [left, summed.left, transposeA ? rank - 1 : rank - 2, rank - 2],
    [right, summed.right, transposeB ? rank - 2 : rank - 1, rank - 1],
  ] as const) {
    for (const each of reach.axes) if (each !== axis) axes.add(each === free ? place : each)
    if (!reach.axes.has(axis)) continue
    if (pattern === undefined) ahead = index
    else axes.add(placeOf(pattern.q, pattern.of === left ? transposeA : transposeB, pattern.of === left, rank))
  }
  return { axes, ...(ahead === undefined ? {} : { ahead }) }
}

/** The axis of a product that an axis of a factor becomes. */
function placeOf(axis: number, transposed: boolean, left: boolean, rank: number): number {
  if (axis < rank - 2) return axis
  const free = left === transposed ? rank - 1 : rank - 2
  return axis === free ? (left ? rank - 2 : rank - 1) : axis
}

/** An axis of positions survives a reshape if the numbers of elements before and after it stay the same. */
const reshape: Rule<'reshape'> = ([x], { index, shape }) => {
  const used = new Set([...x!.axes, ...[x!.low, x!.zero].flatMap((each) => (each ? [each.q, each.k] : []))])
  const to = new Map<number, number>()
  for (const axis of used) {
    const found = shape.findIndex(
      (dim, i) =>
        dim === x!.shape[axis] &&
        sizes(shape.slice(0, i)) === sizes(x!.shape.slice(0, axis)) &&
        sizes(shape.slice(i + 1)) === sizes(x!.shape.slice(axis + 1)),
    )
    if (found !== -1) to.set(axis, found)
  }
  const lost = [...x!.axes].some((axis) => !to.has(axis))
  return { ...moved(x!, (axis) => to.get(axis)), ...(lost ? { ahead: index } : {}) }
}

/** The size of a shape as text: the product of its numbers, and its symbols in order. */
function sizes(shape: Shape): string {
  const product = shape.reduce<number>((size, dim) => (typeof dim === 'number' ? size * dim : size), 1)
  return [product, ...shape.filter((dim) => typeof dim === 'string').sort()].join('·')
}

const rules: { readonly [K in Op]: Rule<K> } = {
  input: (_, { attributes }) => (attributes.name === 'tokens' ? throughout(none, 1) : none),
  weight: () => none,
  constant: () => none,
  causal_mask: () => ({ axes: new Set(), low: { q: 0, k: 1 } }),
  add: (inputs, node) => {
    const [a, b] = inputs as [Operand, Operand]
    const low = b.large ? (a.large ? undefined : aligned(b, node.shape.length).low) : aligned(a, node.shape.length).low
    return { ...elementwise(inputs, node), ...patterns({ low }) }
  },
  sub: (inputs, node) => {
    const [a, b] = inputs as [Operand, Operand]
    return {
      ...elementwise(inputs, node),
      ...patterns({ low: b.large ? undefined : aligned(a, node.shape.length).low }),
    }
  },
  mul: (inputs, node) => {
    const [a, b] = inputs.map((input) => aligned(input, node.shape.length))
    const low = isPositive(inputs[1]!) ? a!.low : isPositive(inputs[0]!) ? b!.low : undefined
    return { ...elementwise(inputs, node), ...patterns({ zero: a!.zero ?? b!.zero, low }) }
  },
  div: (inputs, node) => {
    const { zero, low } = aligned(inputs[0]!, node.shape.length)
    return { ...elementwise(inputs, node), ...patterns({ zero, low: isPositive(inputs[1]!) ? low : undefined }) }
  },
  maximum: elementwise,
  minimum: elementwise,
  greater: elementwise,
  neg: keepsZero,
  abs: keepsZero,
  exp: (inputs, node) => ({ ...elementwise(inputs, node), ...patterns({ zero: inputs[0]!.low }) }),
  log: elementwise,
  sqrt: keepsZero,
  rsqrt: elementwise,
  tanh: keepsZero,
  sigmoid: elementwise,
  relu: keepsZero,
  silu: keepsZero,
  gelu: keepsZero,
  erf: keepsZero,
  matmul,
  reshape,
  transpose: ([x], { attributes: { permutation } }) => moved(x!, (axis) => permutation.indexOf(axis)),
  concat: (inputs, { index, shape, attributes }) =>
    displaced(union(inputs), axisOf(attributes.axis, shape.length), index),
  slice: ([x], { index, shape, attributes }) => displaced(x!.axes, axisOf(attributes.axis, shape.length), index),
  broadcast: ([x], { shape }) => aligned(x!, shape.length),
  sum: reduction,
  mean: reduction,
  gather: ([table, ids], { index }) => ({
    axes: ids!.axes,
    ...(table!.axes.size === 0 ? {} : { ahead: index }),
  }),
  scatter_add: ([ids, values], { index }) => {
    const depends = ids!.axes.size > 0 || values!.axes.size > 0
    return depends ? { axes: new Set(), ahead: index } : none
  },
  add_at: (inputs, { index, shape }) => {
    // An id chooses where in the last axis a value goes, so every number there depends on the id.
    const reach: Reach = { axes: union(inputs) }
    return { axes: reach.axes, ...(reach.axes.has(shape.length - 1) ? { ahead: index } : {}) }
  },
  softmax,
  log_softmax: logSoftmax,
  log_probability: ([logits, ids], { index }) => {
    const all: Reach = { axes: union([logits!, ids!]) }
    return mixed(all, logits!.shape.length - 1, index)
  },
  layer_norm: lastAxis,
  rms_norm: lastAxis,
  inverse_deviation: lastAxis,
  top_k: lastAxis,
  rope: ([x], { index }) => ({
    axes: x!.axes,
    // Pairs of numbers of the last axis are rotated into each other.
    ...(x!.axes.has(3) ? { ahead: index } : {}),
  }),
  attention: (inputs, { index, attributes }) => {
    const { causal } = attributes
    const { q: queries, k: keys, v: values, bias, sinks } = attentionInputs(attributes, inputs)
    const own = bias === undefined ? none : aligned(bias, 4)
    const axes = new Set([...queries.axes, ...keys.axes, ...values.axes])
    const mixes = axes.has(3) || (!causal && (keys.axes.has(2) || values.axes.has(2) || own.axes.has(3)))
    // Without a mask, positions of the keys are not positions of the result.
    if (!causal && !queries.axes.has(2)) axes.delete(2)
    // The bias of a query and a key may depend on tokens up to either, and the key is not after the query.
    for (const axis of own.axes) axes.add(axis === 3 ? 2 : axis)
    const strange = sinks !== undefined && sinks.axes.size > 0
    return { axes, ...(mixes || strange ? { ahead: index } : {}) }
  },
  segment_mask: () => none,
  // A number at a position depends on the numbers at an earlier one.
  shift: ([x]) => ({ axes: x!.axes }),
  // Positions are not tokens.
  position_grid: () => none,
  dropout: keepsZero,
}

function isPositive({ node }: Operand): boolean {
  return node.op === 'constant' && node.attributes.value > 0
}
