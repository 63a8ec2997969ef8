/** Each tensor operation by its definition, one element at a time in double precision: what engines are compared with. */

import { type Attributes, masked, type Op } from '../../src/model/ops.ts'
import { axisOf } from '../../src/model/shape.ts'
import { scaledRate } from '../model/reference.ts'

export interface Plain {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

type Rule<K extends Op> = (inputs: readonly Plain[], attributes: Attributes[K], shape: readonly number[]) => number[]

/** An element's value by its place. */
type At = (place: readonly number[]) => number

/** All places of a shape, the last axis fastest. */
function places(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (before, size) => before.flatMap((place) => Array.from({ length: size }, (_, i) => [...place, i])),
    [[]],
  )
}

/** Reads a tensor at a place of a shape that it is broadcast to. */
function reader({ shape, data }: Plain): At {
  return (place) => {
    const own = shape.length === 0 ? [] : place.slice(-shape.length)
    return data[own.reduce((index, i, axis) => index * shape[axis]! + (shape[axis] === 1 ? 0 : i), 0)]!
  }
}

const unary =
  (f: (x: number) => number): Rule<Op> =>
  ([x]) =>
    x!.data.map(f)

const binary =
  (f: (a: number, b: number) => number): Rule<Op> =>
  ([a, b], _, shape) => {
    const [readA, readB] = [reader(a!), reader(b!)]
    return places(shape).map((place) => f(readA(place), readB(place)))
  }

/** Applies `f` to each row, along the last axis. */
function rows({ shape, data }: Plain, f: (row: readonly number[], index: number) => readonly number[]): number[] {
  const size = shape.at(-1)!
  return Array.from({ length: data.length / size }, (_, i) => f(data.slice(i * size, (i + 1) * size), i)).flat()
}

const total = (row: readonly number[]) => row.reduce((sum, x) => sum + x, 0)
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** The error function by Simpson's rule on its integral. */
function erf(x: number): number {
  const steps = 2000
  const h = x / steps
  const f = (t: number) => Math.exp(-t * t)
  const inner = Array.from({ length: steps - 1 }, (_, i) => f((i + 1) * h) * (i % 2 === 0 ? 4 : 2))
  return ((2 / Math.sqrt(Math.PI)) * h * (f(0) + total(inner) + f(x))) / 3
}

function softmax(row: readonly number[]): number[] {
  const top = Math.max(...row)
  const powers = row.map((x) => Math.exp(x - top))
  return powers.map((power) => power / total(powers))
}

const logSoftmax = (row: readonly number[]) => {
  const top = Math.max(...row)
  const log = top + Math.log(total(row.map((x) => Math.exp(x - top))))
  return row.map((x) => x - log)
}

function deviation(row: readonly number[], epsilon: number, centred: boolean): { mean: number; inverse: number } {
  const mean = centred ? total(row) / row.length : 0
  const square = total(row.map((x) => (x - mean) ** 2)) / row.length
  return { mean, inverse: 1 / Math.sqrt(square + epsilon) }
}

function reduced({ shape, data }: Plain, axes: readonly number[], mean: boolean): number[] {
  const gone = axes.map((axis) => axisOf(axis, shape.length))
  const out = new Map<string, number>()
  const count = gone.reduce((product, axis) => product * shape[axis]!, 1)
  for (const [i, place] of places(shape).entries()) {
    const key = place.filter((_, axis) => !gone.includes(axis)).join()
    out.set(key, (out.get(key) ?? 0) + data[i]! / (mean ? count : 1))
  }
  return [...out.values()]
}

const never = () => {
  throw new Error('inputs and weights are fed')
}

export const reference: { readonly [K in Op]: Rule<K> } = {
  input: never,
  weight: never,
  constant: (_, { value }) => [value],
  causal_mask: (_, { window = Number.POSITIVE_INFINITY }, shape) =>
    places(shape).map(([row, column]) => (column! > row! || row! - column! >= window ? masked : 0)),
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  greater: binary((a, b) => Number(a > b)),
  neg: unary((x) => -x),
  abs: unary(Math.abs),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  rsqrt: unary((x) => 1 / Math.sqrt(x)),
  tanh: unary(Math.tanh),
  sigmoid: unary(sigmoid),
  relu: unary((x) => Math.max(x, 0)),
  silu: unary((x) => x * sigmoid(x)),
  gelu: ([x], { approximate }) =>
    x!.data.map((t) =>
      approximate === 'erf'
        ? 0.5 * t * (1 + erf(t / Math.SQRT2))
        : 0.5 * t * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (t + 0.044715 * t ** 3))),
    ),
  erf: unary(erf),

  matmul: ([a, b], { transposeA, transposeB, alpha }, shape) => {
    const [readA, readB] = [reader(a!), reader(b!)]
    const inner = a!.shape.at(transposeA ? -2 : -1)!
    return places(shape).map((place) => {
      const [batch, m, n] = [place.slice(0, -2), place.at(-2)!, place.at(-1)!]
      const terms = Array.from(
        { length: inner },
        (_, k) =>
          readA([...batch, ...(transposeA ? [k, m] : [m, k])]) * readB([...batch, ...(transposeB ? [n, k] : [k, n])]),
      )
      return alpha * total(terms)
    })
  },

  reshape: ([x]) => [...x!.data],
  transpose: ([x], { permutation }, shape) => {
    const read = reader(x!)
    return places(shape).map((place) => read(permutation.map((_, axis) => place[permutation.indexOf(axis)]!)))
  },
  concat: (inputs, { axis }, shape) => {
    const at = axisOf(axis, shape.length)
    return places(shape).map((place) => {
      let from = place[at]!
      const input = inputs.find((each) => {
        if (from < each.shape[at]!) return true
        from -= each.shape[at]!
        return false
      })
      return reader(input!)(place.map((i, k) => (k === at ? from : i)))
    })
  },
  slice: ([x], { axis, start }, shape) => {
    const at = axisOf(axis, shape.length)
    const read = reader(x!)
    return places(shape).map((place) => read(place.map((i, k) => (k === at ? i + start : i))))
  },
  broadcast: ([x], _, shape) => places(shape).map(reader(x!)),

  sum: ([x], { axes }) => reduced(x!, axes, false),
  mean: ([x], { axes }) => reduced(x!, axes, true),

  gather: ([table, ids]) =>
    ids!.data.flatMap((id) => table!.data.slice(id * table!.shape[1]!, (id + 1) * table!.shape[1]!)),
  scatter_add: ([ids, values], _, shape) => {
    const [count, size] = shape as [number, number]
    const out = Array.from({ length: count * size }, () => 0)
    for (const [i, id] of ids!.data.entries())
      for (let k = 0; k < size; k++) out[id * size + k]! += values!.data[i * size + k]!
    return out
  },
  add_at: ([x, ids, values]) =>
    rows(x!, (row, i) => row.map((each, k) => (k === ids!.data[i] ? each + values!.data[i]! : each))),

  top_k: ([x], { k }) =>
    rows(x!, (row) => {
      const order = row.map((_, i) => i).sort((a, b) => row[b]! - row[a]! || a - b)
      return row.map((_, i) => Number(order.indexOf(i) < k))
    }),
  softmax: ([x]) => rows(x!, softmax),
  log_softmax: ([x]) => rows(x!, logSoftmax),
  log_probability: ([x, ids]) => rows(x!, (row, i) => [logSoftmax(row)[ids!.data[i]!]!]),
  layer_norm: ([x, gain, bias], { epsilon }) =>
    rows(x!, (row) => {
      const { mean, inverse } = deviation(row, epsilon, true)
      return row.map((each, i) => (each - mean) * inverse * gain!.data[i]! + (bias?.data[i] ?? 0))
    }),
  rms_norm: ([x, gain], { epsilon }) =>
    rows(x!, (row) => row.map((each, i) => each * deviation(row, epsilon, false).inverse * gain!.data[i]!)),
  inverse_deviation: ([x], { epsilon, centred }) => rows(x!, (row) => [deviation(row, epsilon, centred).inverse]),
  rope: ([x, positions], { base, inverse, scaling }, shape) => {
    const [, heads, time, size] = shape as [number, number, number, number]
    return rows(x!, (row, i) => {
      const batch = Math.floor(i / (heads * time))
      const angle = (k: number) =>
        (inverse ? -1 : 1) * positions!.data[batch * time + (i % time)]! * scaledRate(k, size, base, scaling)
      const gain = scaling?.type === 'yarn' ? scaling.gain : 1
      const turned = row.map((each, k) =>
        k < size / 2
          ? each * Math.cos(angle(k)) - row[k + size / 2]! * Math.sin(angle(k))
          : each * Math.cos(angle(k - size / 2)) + row[k - size / 2]! * Math.sin(angle(k - size / 2)),
      )
      return turned.map((each) => gain * each)
    })
  },
  attention: (inputs, attributes, shape) => {
    const { causal, scale, window = Number.POSITIVE_INFINITY, cap } = attributes
    const [q, k, v, ...others] = inputs as [Plain, Plain, Plain, ...Plain[]]
    const bias = attributes.bias ? reader(others.shift()!) : () => 0
    const sinks = attributes.sinks ? others.shift()! : undefined
    const [segments] = others
    const group = q.shape[1]! / k.shape[1]!
    const [length, size] = k.shape.slice(2) as [number, number]
    const [readQ, readK, readV] = [reader(q), reader(k), reader(v)]
    const segment = (batch: number, t: number) => segments?.data[batch * length + t]
    return places(shape).map(([b, h, t, d]) => {
      const head = Math.floor(h! / group)
      const logits = Array.from({ length }, (_, s) => {
        const hidden = causal && (s > t! || t! - s >= window)
        if (hidden || segment(b!, s) !== segment(b!, t!)) return Number.NEGATIVE_INFINITY
        const dot =
          scale * total(Array.from({ length: size }, (_, i) => readQ([b!, h!, t!, i]) * readK([b!, head, s, i])))
        return (cap === undefined ? dot : cap * Math.tanh(dot / cap)) + bias([b!, h!, t!, s])
      })
      const weights = softmax(sinks === undefined ? logits : [...logits, sinks.data[h!]!]).slice(0, length)
      return total(weights.map((weight, s) => weight * readV([b!, head, s, d!])))
    })
  },
  position_grid: ([positions], { of, past }, shape) => {
    const time = positions!.shape[1]!
    return places(shape).map(([b, , t, s]) =>
      of === 'queries' ? positions!.data[b! * time + t!]! : s! < past ? s! : positions!.data[b! * time + s! - past]!,
    )
  },
  shift: ([x, positions], { by }, shape) => {
    const read = reader(x!)
    return places(shape).map(([b, t, ...others]) =>
      t! >= by && positions!.data[b! * shape[1]! + t!]! >= by ? read([b!, t! - by, ...others]) : 0,
    )
  },
  segment_mask: ([segments], _, shape) => {
    const time = shape[3]!
    const at = (batch: number, t: number) => segments!.data[batch * time + t]
    return places(shape).map(([b, , t, s]) => (at(b!, t!) === at(b!, s!) ? 0 : masked))
  },
  dropout: ([x, mask], { rate }, shape) => binary((a, b) => (a * b) / (1 - rate))([x!, mask!], {}, shape),
}
