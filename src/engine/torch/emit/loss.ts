/**
 * Log-probabilities of tokens whose logits are a product with a table and are not needed otherwise. PyTorch code computes them a chunk
 * of rows at a time, so that the logits of all tokens are never in memory together (Wijmans et al. 2024, "Cut Your Losses").
 */

import { rewriteValues, usersOf, type Value, type ValueOf, type Values } from './values.ts'

/**
 * log softmax(z)[id] with z = scale · y / temperature, and y = x · tableᵀ + bias, or cap · tanh of that over cap. Inputs: x, table, ids,
 * then the bias and the temperature, if there are any.
 */
export interface LinearLogProbability {
  readonly scale: number
  readonly cap?: number
  readonly bias: boolean
  readonly temperature: boolean
  /** Whether the entropy of each distribution is a second result. */
  readonly entropy: boolean
  /** Whether the last input has a weight for each id; then the first result is the weighted sum, the second the log-probabilities. */
  readonly weighted: boolean
}

/** Logits, traced back to the product that they are computed from. */
interface Trace {
  x: number
  table: number
  bias?: number
  temperature?: number
  scale: number
  cap?: number
  /** The values between the product and the logits, both included. */
  readonly through: number[]
}

/** How one log-probability is computed: its logits, the ids, and the value that is the entropy of the same distribution. */
interface Plan {
  readonly trace: Trace
  readonly ids: number
  readonly entropy: number | undefined
  /** The weights of the sum that is all that the loss takes of the log-probabilities, and that sum. */
  readonly weighted: { readonly weights: number; readonly sum: number } | undefined
}

/** Replaces log-probabilities by those that need no logits, where that is possible. */
export function withChunkedLoss(all: Values): Values {
  const users = usersOf(all)
  const outputs = new Set(Object.values(all.outputs))
  const plans = new Map<number, Plan>()
  for (const [i, value] of all.values.entries()) {
    if (value.op !== 'log_probability') continue
    const [logits, ids] = value.inputs as [number, number]
    const trace = traceBack(all.values, logits)
    if (trace === undefined || trace.through.some((each) => outputs.has(each))) continue
    const inner = new Set(trace.through)
    const others = [...new Set(trace.through.flatMap((each) => users[each]!))].filter(
      (user) => user !== i && !inner.has(user),
    )
    const entropy = others.length === 1 ? entropyOf(all.values, users, outputs, others[0]!) : undefined
    const weighted = others.length === 0 ? weightedSumOf(all.values, users, i) : undefined
    if (others.length === 0 || (entropy !== undefined && entropy > i)) plans.set(i, { trace, ids, entropy, weighted })
  }
  return apply(all, plans)
}

function apply(all: Values, plans: ReadonlyMap<number, Plan>): Values {
  const place: number[] = []
  const pairs = new Map<number, { readonly of: number; readonly index: number }>()
  return rewriteValues(all, (builder, value, inputs, i) => {
    const plan = plans.get(i)
    const pair = pairs.get(i)
    const item = (of: number, index: number) =>
      builder.push({
        op: 'item',
        inputs: [of],
        attributes: { index },
        shape: value.shape,
        dtype: value.dtype,
        scope: '',
      })
    const made = () => {
      if (pair !== undefined) return item(pair.of, pair.index)
      if (plan === undefined) return builder.push({ ...value, inputs } as ValueOf<Value['op']>)
      const { trace, ids, entropy, weighted } = plan
      const { x, table, bias, temperature, scale, cap } = trace
      const optional = [bias, temperature, weighted?.weights].filter((each) => each !== undefined)
      const computed = builder.push({
        op: 'linear_log_probability',
        inputs: [x, table, ids, ...optional].map((each) => place[each]!),
        attributes: {
          scale,
          ...(cap === undefined ? {} : { cap }),
          bias: bias !== undefined,
          temperature: temperature !== undefined,
          entropy: entropy !== undefined,
          weighted: weighted !== undefined,
        },
        shape: value.shape,
        dtype: value.dtype,
        scope: value.scope,
      })
      if (entropy !== undefined) pairs.set(entropy, { of: computed, index: 1 })
      if (weighted !== undefined) pairs.set(weighted.sum, { of: computed, index: 0 })
      if (entropy !== undefined) return item(computed, 0)
      return weighted === undefined ? computed : item(computed, 1)
    }
    const at = made()
    place.push(at)
    return at
  })
}

/** Follows logits back to a product with a table; `undefined` if they are computed in another way. */
function traceBack(values: readonly Value[], logits: number): Trace | undefined {
  const trace: Trace = { x: 0, table: 0, scale: 1, through: [] }
  for (let at = logits; ; ) {
    const value = values[at]!
    trace.through.push(at)
    const [a, b] = value.inputs as [number, number]
    if (value.op === 'matmul') {
      const { transposeA, transposeB, alpha } = value.attributes
      if (transposeA || !transposeB || (alpha !== 1 && trace.bias !== undefined)) return undefined
      if (values[b]!.op !== 'weight' || values[b]!.shape.length !== 2) return undefined
      multiply(trace, alpha)
      return { ...trace, x: a, table: b }
    }
    const last = value.shape.at(-1)!
    if (value.op === 'add' && values[a]!.op === 'matmul' && isRow(values[b]!, last) && trace.bias === undefined) {
      trace.bias = b
      at = a
    } else if (value.op === 'mul' && values[b]!.op === 'constant') {
      at = a
      multiply(trace, constantOf(values[b]!))
    } else if (value.op === 'mul' && values[a]!.op === 'constant') {
      at = b
      multiply(trace, constantOf(values[a]!))
    } else if (value.op === 'div' && values[b]!.op === 'constant') {
      at = a
      multiply(trace, 1 / constantOf(values[b]!))
    } else if (
      value.op === 'div' &&
      values[b]!.shape.length === 0 &&
      trace.temperature === undefined &&
      trace.cap === undefined
    ) {
      trace.temperature = b
      at = a
    } else if (value.op === 'tanh' && trace.cap === undefined) {
      trace.cap = 1
      at = a
    } else return undefined
  }
}

/** Multiplies the logits, or what their cap is applied to: cap · tanh(s·z / cap) is s times the same with a cap of cap / s. */
function multiply(trace: Trace, by: number): void {
  trace.scale *= by
  if (trace.cap !== undefined) trace.cap /= by
}

const constantOf = (value: Value) => (value as ValueOf<'constant'>).attributes.value

const isRow = ({ op, shape }: Value, size: number) => op === 'weight' && shape.length === 1 && shape[0] === size

/** The entropy −Σ p·log p of `logSoftmax`; `undefined` if the graph does not compute it, or computes something else of `logSoftmax` too. */
function entropyOf(
  values: readonly Value[],
  users: readonly (readonly number[])[],
  outputs: ReadonlySet<number>,
  logSoftmax: number,
): number | undefined {
  const only = (i: number | undefined) =>
    i === undefined || outputs.has(i) || users[i]!.length !== 1 ? undefined : users[i]![0]
  if (values[logSoftmax]!.op !== 'log_softmax' || outputs.has(logSoftmax)) return undefined
  const exp = users[logSoftmax]!.find((user) => values[user]!.op === 'exp')
  const product = only(exp)
  const sum = only(product)
  const entropy = only(sum)
  if (exp === undefined || product === undefined || sum === undefined || entropy === undefined) return undefined
  const rest = users[logSoftmax]!.filter((user) => user !== exp && user !== product)
  const summed = values[sum]!
  const rank = values[product]!.shape.length
  const fits =
    rest.length === 0 &&
    values[product]!.op === 'mul' &&
    values[product]!.inputs.includes(logSoftmax) &&
    values[product]!.inputs.includes(exp) &&
    summed.op === 'sum' &&
    summed.attributes.axes.length === 1 &&
    (summed.attributes.axes[0] === rank - 1 || summed.attributes.axes[0] === -1) &&
    !summed.attributes.keep &&
    values[entropy]!.op === 'neg'
  return fits ? entropy : undefined
}

/**
 * The sum Σ weight · log p over all tokens, if the graph reads the log-probabilities only there (they may be an output besides, whose
 * gradient nobody takes) and the weights are an input: a cross entropy.
 */
function weightedSumOf(
  values: readonly Value[],
  users: readonly (readonly number[])[],
  logProbability: number,
): Plan['weighted'] {
  const [product, ...others] = users[logProbability]!
  if (product === undefined || others.length > 0 || values[product]!.op !== 'mul') return undefined
  const weights = values[product]!.inputs.find((input) => input !== logProbability)
  const [sum, ...more] = users[product]!
  if (weights === undefined || sum === undefined || more.length > 0 || weights > logProbability) return undefined
  const [last, shape] = [values[sum]!, values[logProbability]!.shape]
  if (values[weights]!.op !== 'input' || values[weights]!.shape.join() !== shape.join()) return undefined
  return last.op === 'sum' && last.shape.length === 0 ? { weights, sum } : undefined
}
