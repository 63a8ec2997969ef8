/**
 * What a policy learns from its rollouts: the clipped objectives of PPO and GRPO, as graphs. All means are over the tokens of
 * responses: each place weighs what `counts` says, 0 for prompts and padding.
 */

import { GraphBuilder } from '../../../model/build.ts'
import type { Graph } from '../../../model/graph.ts'
import { copyInto } from '../../../model/rewrite.ts'

/** The output of a value head, and so its name: `value_head.weight`. */
export const valueHead = 'value'

export interface ClippedSettings {
  /** What logits are divided by, in rollouts and here. */
  readonly temperature: number
  /** ε: how far the ratio of the new to the old probability counts, from 1 − ε to 1 + ε. */
  readonly clip: number
  /** What the entropy of the policy weighs in the loss. */
  readonly entropy_weight: number
}

export interface PpoLossSettings extends ClippedSettings {
  /** How far a value counts from what it was. */
  readonly value_clip: number
  readonly value_weight: number
}

/**
 * The PPO objective (Schulman et al. 2017, equations 7 and 9), on a graph bound to [rows, time] that gives `logits` and `value`; details
 * "scale the logits by sampling temperature" and "clipped value function" of Huang et al. 2023:
 *
 *     r = exp(log p_new − log p_old)
 *     policy = mean of max(−A·r, −A·clip(r, 1 − ε, 1 + ε))
 *     value = ½ · mean of max((V − R)², (V_old + clip(V − V_old, ±ε_v) − R)²)
 *     loss = policy + value_weight · value − entropy_weight · entropy
 *
 * Its inputs, [rows, time] each: `targets`, and with them their `counts`, `old` (log-probabilities at the rollout), `advantages`, `returns`
 * and `oldValues`; and `total` [], by which all sums are divided, so that a step can be summed over several batches. Outputs: `loss`,
 * `policyLoss`, `valueLoss`, `entropy` and `approximateKl` in nats, `clipFraction`. What stands at a place of count 0 has no effect, however
 * large its logits.
 */
export function withPpoLoss(model: Graph, settings: PpoLossSettings): Graph {
  const terms = new Terms(model)
  const { statistics } = clipped(terms, settings)
  const { policyLoss, entropy } = statistics
  const value = terms.output(valueHead)
  const [old, returns] = [terms.input('oldValues'), terms.input('returns')]
  const near = terms.add(old, terms.clip(terms.sub(value, old), -settings.value_clip, settings.value_clip))
  const square = (x: number) => terms.mul(x, x)
  const worse = terms.maximum(square(terms.sub(value, returns)), square(terms.sub(near, returns)))
  const valueLoss = terms.scale(terms.mean(worse), 0.5)
  let loss = terms.add(policyLoss, terms.scale(valueLoss, settings.value_weight))
  if (settings.entropy_weight > 0) loss = terms.sub(loss, terms.scale(entropy, settings.entropy_weight))
  return terms.builder.finish({ loss, ...statistics, valueLoss })
}

/**
 * The GRPO objective (Shao et al. 2024, equation 3), on a graph bound to [rows, time] that gives `logits`: the clipped objective of PPO, and
 * `beta` times the k3 estimate of the divergence from the reference, whose log-probabilities are the input `reference`. Other inputs and
 * outputs are as in withPpoLoss, without those of values; `divergence` is the mean of k3.
 */
export function withGrpoLoss(model: Graph, settings: ClippedSettings & { readonly beta: number }): Graph {
  const terms = new Terms(model)
  const { statistics, logProbability } = clipped(terms, settings)
  const logRatio = terms.counted(terms.sub(terms.input('reference'), logProbability))
  const divergence = terms.mean(terms.sub(terms.sub(terms.ratio(logRatio), terms.number(1)), logRatio))
  let loss = statistics.policyLoss
  if (settings.beta > 0) loss = terms.add(loss, terms.scale(divergence, settings.beta))
  if (settings.entropy_weight > 0) loss = terms.sub(loss, terms.scale(statistics.entropy, settings.entropy_weight))
  return terms.builder.finish({ loss, ...statistics, divergence })
}

/** The surrogate and what is reported of it. */
function clipped(terms: Terms, { temperature, clip }: ClippedSettings) {
  const logits = terms.scale(terms.output('logits'), 1 / temperature)
  const all = terms.builder.apply('log_softmax', [logits], {})
  const targets = terms.builder.input('targets', terms.shape, 'int32')
  const logProbability = terms.builder.apply('log_probability', [logits, targets], {})
  const change = terms.counted(terms.sub(logProbability, terms.input('old')))
  const ratio = terms.ratio(change)
  const losses = terms.neg(terms.input('advantages'))
  const policyLoss = terms.mean(
    terms.maximum(terms.mul(losses, ratio), terms.mul(losses, terms.clip(ratio, 1 - clip, 1 + clip))),
  )
  const entropies = terms.neg(terms.builder.apply('sum', [terms.mul(terms.exp(all), all)], { axes: [2], keep: false }))
  // Schulman 2020's k3 from samples of the old policy: (r − 1) − log r.
  const approximateKl = terms.mean(terms.sub(terms.sub(ratio, terms.number(1)), change))
  const outside = terms.add(terms.greater(ratio, terms.number(1 + clip)), terms.greater(terms.number(1 - clip), ratio))
  const statistics = { policyLoss, entropy: terms.mean(entropies), approximateKl, clipFraction: terms.mean(outside) }
  return { logProbability, statistics }
}

/**
 * Up to this many nats between two policies, a ratio is exp(x). Beyond, it is the tangent of exp there, so that neither it nor its gradient is
 * infinite: exp(89) is in float32. Such a ratio says only that the policies have nothing in common; its gradient is clipped anyway.
 */
const steepest = 20

/** Arithmetic over a copy of a model's graph. */
class Terms {
  readonly builder = new GraphBuilder()
  /** [rows, time] */
  readonly shape: readonly (number | string)[]
  readonly #model: Graph
  readonly #place: readonly number[]
  readonly #counts: number
  readonly #total: number

  constructor(model: Graph) {
    this.#model = model
    this.#place = copyInto(this.builder, model)
    this.shape = this.builder.shape(this.output('logits')).slice(0, 2)
    this.#counts = this.input('counts')
    this.#total = this.builder.input('total', [], 'float32')
  }

  output(name: string): number {
    const node = this.#model.outputs[name]
    if (node === undefined) throw new Error(`the model gives no ${name}`)
    return this.#place[node]!
  }

  input(name: string): number {
    return this.builder.input(name, this.shape, 'float32')
  }

  number(value: number): number {
    return this.builder.constant(value)
  }

  /**
   * x where its count is not 0, else 0. Prompts and padding have no numbers of a rollout: what is computed there can overflow, and an
   * infinity times a count of 0 is NaN.
   */
  counted(x: number): number {
    return this.mul(x, this.greater(this.#counts, this.number(0)))
  }

  /** exp(x), continued by its tangent at `steepest`. */
  ratio(x: number): number {
    const near = this.builder.apply('minimum', [x, this.number(steepest)], {})
    return this.mul(this.exp(near), this.add(this.sub(x, near), this.number(1)))
  }

  /** The mean over what counts. */
  mean(x: number): number {
    const sum = this.builder.apply('sum', [this.mul(x, this.#counts)], { axes: [0, 1], keep: false })
    return this.builder.apply('div', [sum, this.#total], {})
  }

  add = (x: number, y: number) => this.builder.apply('add', [x, y], {})
  sub = (x: number, y: number) => this.builder.apply('sub', [x, y], {})
  mul = (x: number, y: number) => this.builder.apply('mul', [x, y], {})
  maximum = (x: number, y: number) => this.builder.apply('maximum', [x, y], {})
  greater = (x: number, y: number) => this.builder.apply('greater', [x, y], {})
  neg = (x: number) => this.builder.apply('neg', [x], {})
  exp = (x: number) => this.builder.apply('exp', [x], {})
  scale = (x: number, factor: number) => (factor === 1 ? x : this.mul(x, this.number(factor)))
  clip = (x: number, least: number, most: number) =>
    this.builder.apply('minimum', [this.maximum(x, this.number(least)), this.number(most)], {})
}
