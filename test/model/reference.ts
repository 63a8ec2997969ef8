/** A reference of each tensor operation, in float64 and in plain code: gradients are measured against it. */

import type { Graph } from '../../src/model/graph.ts'
import type { Attributes, Op } from '../../src/model/ops.ts'

export interface Array64 {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

type Index = readonly number[]

/** An array with `value(index)` at each index; the index is valid during the call only. */
export function make(shape: readonly number[], value: (index: Index) => number): Array64 {
  const size = shape.reduce((product, dim) => product * dim, 1)
  const data = new Float64Array(size)
  const index = shape.map(() => 0)
  for (let flat = 0; flat < size; flat++) {
    data[flat] = value(index)
    // The next index, as an odometer counts.
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0
  }
  return { shape, data }
}

/** The number at `index`, whose leading axes may be more than the array's, and whose axes of size 1 stand for any place. */
export function at({ shape, data }: Array64, index: Index): number {
  let flat = 0
  for (const [axis, dim] of shape.entries()) {
    const place = index[index.length - shape.length + axis]!
    flat = flat * dim + (dim === 1 ? 0 : place)
  }
  return data[flat]!
}

type Rule<K extends Op> = (inputs: readonly Array64[], attributes: Attributes[K], shape: readonly number[]) => Array64

const each =
  (f: (x: number) => number): Rule<Op> =>
  ([x]) => ({ shape: x!.shape, data: x!.data.map(f) })

const both =
  (f: (x: number, y: number) => number): Rule<Op> =>
  ([x, y], _, shape) =>
    make(shape, (index) => f(at(x!, index), at(y!, index)))

/** Maps each row of the last axis to another. */
function rows(x: Array64, f: (row: number[], index: Index) => number[]): Array64 {
  const n = x.shape.at(-1)!
  const leading = x.shape.slice(0, -1)
  const made = new Map<string, number[]>()
  make(leading, (index) => {
    const row = Array.from({ length: n }, (_, i) => at(x, [...index, i]))
    made.set(index.join(), f(row, index))
    return 0
  })
  const width = [...made.values()][0]!.length
  return make([...leading, width], (index) => made.get(index.slice(0, -1).join())![index.at(-1)!]!)
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0)
const mean = (numbers: readonly number[]) => total(numbers) / numbers.length

function softmax(row: readonly number[]): number[] {
  const top = Math.max(...row)
  const exps = row.map((x) => Math.exp(x - top))
  return exps.map((x) => x / total(exps))
}

function logSoftmax(row: readonly number[]): number[] {
  const top = Math.max(...row)
  const norm = top + Math.log(total(row.map((x) => Math.exp(x - top))))
  return row.map((x) => x - norm)
}

/** erf by its series (Abramowitz and Stegun 7.1.6): every term is positive, and it ends for the sizes that tests use. */
function erf(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

function normalize(row: readonly number[], centred: boolean, epsilon: number): number[] {
  const middle = centred ? mean(row) : 0
  const variance = mean(row.map((x) => (x - middle) ** 2))
  return row.map((x) => (x - middle) / Math.sqrt(variance + epsilon))
}

function reduce(inputs: readonly Array64[], { axes, keep }: Attributes['sum'], divide: boolean): Array64 {
  const x = inputs[0]!
  const gone = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis))
  const kept = x.shape.map((dim, axis) => (gone.includes(axis) ? 1 : dim))
  const inner = x.shape.map((dim, axis) => (gone.includes(axis) ? dim : 1))
  const count = inner.reduce((product, dim) => product * dim, 1)
  const sums = make(kept, (index) => {
    let sum = 0
    make(inner, (offset) => {
      sum += at(
        x,
        index.map((place, axis) => place + offset[axis]!),
      )
      return 0
    })
    return divide ? sum / count : sum
  })
  return keep ? sums : { shape: x.shape.filter((_, axis) => !gone.includes(axis)), data: sums.data }
}

/** The angle of a pair from token to token, case by case as in modeling_rope_utils.py of transformers. */
export function scaledRate(pair: number, size: number, base: number, scaling: Attributes['rope']['scaling']): number {
  const rate = base ** ((-2 * pair) / size)
  if (scaling === undefined) return rate
  const { type, factor } = scaling
  if (type === 'linear') return rate / factor
  if (type === 'llama3') {
    const wavelength = (2 * Math.PI) / rate
    if (wavelength > scaling.original / scaling.low) return rate / factor
    if (wavelength < scaling.original / scaling.high) return rate
    const smooth = (scaling.original / wavelength - scaling.low) / (scaling.high - scaling.low)
    return ((1 - smooth) * rate) / factor + smooth * rate
  }
  const correction = (turns: number) =>
    (size * Math.log(scaling.original / (turns * 2 * Math.PI))) / (2 * Math.log(base))
  const low = Math.max(Math.floor(correction(scaling.fast)), 0)
  const high = Math.min(Math.ceil(correction(scaling.slow)), size - 1)
  const ramp = Math.min(1, Math.max(0, (pair - low) / (high === low ? 0.001 : high - low)))
  return (rate / factor) * ramp + rate * (1 - ramp)
}

export const reference: { readonly [K in Op]: Rule<K> } = {
  input: () => {
    throw new Error('fed')
  },
  weight: () => {
    throw new Error('fed')
  },
  constant: (_, { value }) => ({ shape: [], data: Float64Array.of(value) }),
  causal_mask: (_, { window = Number.POSITIVE_INFINITY }, shape) =>
    make(shape, ([row, column]) => (column! <= row! && column! > row! - window ? 0 : -1e9)),
  segment_mask: ([segments], _, shape) =>
    make(shape, ([b, , row, column]) => (at(segments!, [b!, row!]) === at(segments!, [b!, column!]) ? 0 : -1e9)),

  add: both((x, y) => x + y),
  sub: both((x, y) => x - y),
  mul: both((x, y) => x * y),
  div: both((x, y) => x / y),
  maximum: both(Math.max),
  minimum: both(Math.min),
  greater: both((x, y) => (x > y ? 1 : 0)),
  neg: each((x) => -x),
  abs: each(Math.abs),
  exp: each(Math.exp),
  log: each(Math.log),
  sqrt: each(Math.sqrt),
  rsqrt: each((x) => 1 / Math.sqrt(x)),
  tanh: each(Math.tanh),
  sigmoid: each(sigmoid),
  relu: each((x) => Math.max(x, 0)),
  silu: each((x) => x * sigmoid(x)),
  gelu: ([x], { approximate }) => {
    const tanh = (v: number) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))
    const exact = (v: number) => 0.5 * v * (1 + erf(v / Math.SQRT2))
    return { shape: x!.shape, data: x!.data.map(approximate === 'tanh' ? tanh : exact) }
  },
  erf: each(erf),

  matmul: ([a, b], { transposeA, transposeB, alpha }, shape) => {
    const sums = a!.shape.at(transposeA ? -2 : -1)!
    return make(shape, (index) => {
      const [leading, row, column] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!]
      let sum = 0
      for (let k = 0; k < sums; k++) {
        const left = at(a!, [...leading, ...(transposeA ? [k, row] : [row, k])])
        const right = at(b!, [...leading, ...(transposeB ? [column, k] : [k, column])])
        sum += left * right
      }
      return alpha * sum
    })
  },
  reshape: ([x], _, shape) => ({ shape, data: x!.data }),
  transpose: ([x], { permutation }, shape) =>
    make(shape, (index) =>
      at(
        x!,
        permutation.map((_, axis) => index[permutation.indexOf(axis)]!),
      ),
    ),
  concat: (inputs, { axis }, shape) => {
    const along = axis < 0 ? axis + shape.length : axis
    return make(shape, (index) => {
      let place = index[along]!
      const from = inputs.find((input) => {
        if (place < input.shape[along]!) return true
        place -= input.shape[along]!
        return false
      })!
      return at(
        from,
        index.map((each, i) => (i === along ? place : each)),
      )
    })
  },
  slice: ([x], { axis, start }, shape) => {
    const along = axis < 0 ? axis + shape.length : axis
    return make(shape, (index) =>
      at(
        x!,
        index.map((each, i) => (i === along ? each + start : each)),
      ),
    )
  },
  broadcast: ([x], _, shape) => make(shape, (index) => at(x!, index)),
  sum: (inputs, attributes) => reduce(inputs, attributes, false),
  mean: (inputs, attributes) => reduce(inputs, attributes, true),

  gather: ([table, ids], _, shape) => make(shape, (index) => at(table!, [at(ids!, index.slice(0, -1)), index.at(-1)!])),
  scatter_add: ([ids, values], _, shape) =>
    make(shape, ([row, column]) => {
      let sum = 0
      make(ids!.shape, (index) => {
        if (at(ids!, index) === row) sum += at(values!, [...index, column!])
        return 0
      })
      return sum
    }),
  add_at: ([x, ids, values], _, shape) =>
    make(shape, (index) => {
      const leading = index.slice(0, -1)
      return at(x!, index) + (at(ids!, leading) === index.at(-1) ? at(values!, leading) : 0)
    }),

  top_k: ([x], { k }) =>
    rows(x!, (row) => row.map((each, i) => Number(row.filter((y, j) => y > each || (y === each && j < i)).length < k))),
  softmax: ([x]) => rows(x!, softmax),
  log_softmax: ([x]) => rows(x!, logSoftmax),
  log_probability: ([logits, ids], _, shape) => {
    const logs = rows(logits!, logSoftmax)
    return make(shape, (index) => at(logs, [...index, at(ids!, index)]))
  },
  layer_norm: ([x, gain, bias], { epsilon }) =>
    rows(x!, (row) =>
      normalize(row, true, epsilon).map((v, i) => v * gain!.data[i]! + (bias === undefined ? 0 : bias.data[i]!)),
    ),
  rms_norm: ([x, gain], { epsilon }) =>
    rows(x!, (row) => normalize(row, false, epsilon).map((v, i) => v * gain!.data[i]!)),
  inverse_deviation: ([x], { epsilon, centred }) =>
    rows(x!, (row) => {
      const middle = centred ? mean(row) : 0
      return [1 / Math.sqrt(mean(row.map((v) => (v - middle) ** 2)) + epsilon)]
    }),
  rope: ([x, positions], { base, inverse, scaling }, shape) => {
    const half = shape[3]! / 2
    const gain = scaling?.type === 'yarn' ? scaling.gain : 1
    return make(shape, ([b, head, time, i]) => {
      const pair = i! % half
      const angle = at(positions!, [b!, time!]) * scaledRate(pair, 2 * half, base, scaling) * (inverse ? -1 : 1)
      const first = gain * at(x!, [b!, head!, time!, pair])
      const second = gain * at(x!, [b!, head!, time!, pair + half])
      // A turn of the plane, by complex multiplication.
      return i! < half
        ? first * Math.cos(angle) - second * Math.sin(angle)
        : first * Math.sin(angle) + second * Math.cos(angle)
    })
  },
  attention: (inputs, attributes, shape) => {
    const { causal, scale, window = Number.POSITIVE_INFINITY, cap } = attributes
    const [q, k, v, ...others] = inputs as [Array64, Array64, Array64, ...Array64[]]
    const bias = attributes.bias ? others.shift() : undefined
    const sinks = attributes.sinks ? others.shift() : undefined
    const [segments] = others
    const shared = q.shape[1]! / k.shape[1]!
    const [length, size] = [k.shape[2]!, q.shape[3]!]
    return make(shape, ([b, head, time, i]) => {
      const group = Math.floor(head! / shared)
      const seen = Array.from({ length }, (_, s) => s).filter(
        (s) =>
          (!causal || (s <= time! && s > time! - window)) &&
          (segments === undefined || at(segments, [b!, s]) === at(segments, [b!, time!])),
      )
      const logits = seen.map((s) => {
        let dot = 0
        for (let n = 0; n < size; n++) dot += at(q, [b!, head!, time!, n]) * at(k, [b!, group, s, n])
        const capped = cap === undefined ? scale * dot : cap * Math.tanh((scale * dot) / cap)
        return capped + (bias === undefined ? 0 : Math.max(-1e8, Math.min(1e8, at(bias, [b!, head!, time!, s]))))
      })
      const weights = softmax(sinks === undefined ? logits : [...logits, sinks.data[head!]!])
      return total(seen.map((s, n) => weights[n]! * at(v, [b!, group, s, i!])))
    })
  },
  position_grid: ([positions], { of, past }, shape) =>
    make(shape, ([b, , t, s]) =>
      of === 'queries' ? at(positions!, [b!, t!]) : s! < past ? s! : at(positions!, [b!, s! - past]),
    ),
  shift: ([x, positions], { by }, shape) =>
    make(shape, ([b, t, ...others]) =>
      t! >= by && at(positions!, [b!, t!]) >= by ? at(x!, [b!, t! - by, ...others]) : 0,
    ),
  dropout: ([x, mask], { rate }, shape) => make(shape, (index) => (at(x!, index) * at(mask!, index)) / (1 - rate)),
}

/** The outputs of a graph without symbols. Also checks that each operation gives the shape that was inferred. */
export function evaluate(graph: Graph, feeds: Readonly<Record<string, Array64>>): Record<string, Array64> {
  const values: Array64[] = []
  for (const node of graph.nodes) {
    if (node.op === 'input' || node.op === 'weight') {
      const fed = feeds[node.attributes.name]
      if (fed === undefined) throw new Error(`\`${node.attributes.name}\` is not fed`)
      values.push(fed)
      continue
    }
    const inputs = node.inputs.map((input) => values[input]!)
    const rule = reference[node.op] as Rule<Op>
    const value = rule(inputs, node.attributes as Attributes[Op], node.shape as readonly number[])
    if (value.shape.join() !== node.shape.join())
      throw new Error(`${node.op} gives [${value.shape}], and [${node.shape}] was inferred`)
    values.push(value)
  }
  return Object.fromEntries(Object.entries(graph.outputs).map(([name, node]) => [name, values[node]!]))
}
