/**
 * The clipped objectives of PPO and GRPO, as graphs. All means are over the tokens of responses: each place has the weight that `counts`
 * gives it, 0 for prompts and padding.
 */

import { GraphBuilder } from '../../../model/build.ts'
import {
  add,
  clip,
  div,
  Expr,
  exp,
  greater,
  input,
  logProbability,
  logSoftmax,
  maximum,
  minimum,
  mul,
  neg,
  scale,
  square,
  sub,
  sum,
} from '../../../model/expr.ts'
import type { Graph } from '../../../model/graph.ts'
import type { Shape } from '../../../model/ops.ts'
import { copyInto } from '../../../model/rewrite.ts'

/** The output of a value head; its weights are named after it: `value_head.weight`. */
export const valueHead = 'value'

export interface ClippedSettings {
  /** Logits are divided by it, in rollouts and here. */
  readonly temperature: number
  /** ε: the ratio of the new to the old probability is clipped to [1 − ε, 1 + ε]. */
  readonly clip: number
  /** The weight of the policy's entropy in the loss. */
  readonly entropy_weight: number
}

export interface PpoLossSettings extends ClippedSettings {
  /** ε_v: a value is clipped to within this distance of the value at the rollout. */
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
 * Inputs, [rows, time] each: `targets`, their `counts`, and for each target `old` (its log-probability at the rollout), `advantages`,
 * `returns` and `oldValues`; and `total` [], by which all sums are divided, so that a step can be summed over several batches. Outputs:
 * `loss`, `policyLoss`, `valueLoss`, `entropy` and `approximateKl` in nats, `clipFraction`. A place of count 0 has no effect, however
 * large its logits.
 */
export function withPpoLoss(model: Graph, settings: PpoLossSettings): Graph {
  const terms = new LossTerms(model)
  const { statistics } = clippedSurrogate(terms, settings)
  const { policyLoss, entropy } = statistics
  const value = terms.output(valueHead)
  const [oldValue, returns] = [terms.input('oldValues'), terms.input('returns')]
  const clipped = add(oldValue, clip(sub(value, oldValue), -settings.value_clip, settings.value_clip))
  const errors = maximum(square(sub(value, returns)), square(sub(clipped, returns)))
  const valueLoss = scale(terms.mean(errors), 0.5)
  let loss = add(policyLoss, scale(valueLoss, settings.value_weight))
  if (settings.entropy_weight > 0) loss = sub(loss, scale(entropy, settings.entropy_weight))
  return terms.finish({ loss, ...statistics, valueLoss })
}

/**
 * The GRPO objective (Shao et al. 2024, equation 3), on a graph bound to [rows, time] that gives `logits`: the clipped surrogate of PPO,
 * and `beta` times the k3 estimate of the divergence from the reference, whose log-probabilities are the input `reference`. Other inputs
 * and outputs are as in withPpoLoss, without those of values; `divergence` is the mean of k3.
 */
export function withGrpoLoss(model: Graph, settings: ClippedSettings & { readonly beta: number }): Graph {
  const terms = new LossTerms(model)
  const { statistics, logProbabilities } = clippedSurrogate(terms, settings)
  const logRatio = terms.counted(sub(terms.input('reference'), logProbabilities))
  const divergence = terms.mean(k3(boundedExp(logRatio), logRatio))
  let loss = statistics.policyLoss
  if (settings.beta > 0) loss = add(loss, scale(divergence, settings.beta))
  if (settings.entropy_weight > 0) loss = sub(loss, scale(statistics.entropy, settings.entropy_weight))
  return terms.finish({ loss, ...statistics, divergence })
}

/** The clipped surrogate objective, and the statistics that are reported with it. */
function clippedSurrogate(terms: LossTerms, { temperature, clip: epsilon }: ClippedSettings) {
  const logits = scale(terms.output('logits'), 1 / temperature)
  const logDistribution = logSoftmax(logits)
  const logProbabilities = logProbability(logits, input(terms.builder, 'targets', terms.shape, 'int32'))
  const logRatio = terms.counted(sub(logProbabilities, terms.input('old')))
  const ratio = boundedExp(logRatio)
  const losses = neg(terms.input('advantages'))
  const policyLoss = terms.mean(maximum(mul(losses, ratio), mul(losses, clip(ratio, 1 - epsilon, 1 + epsilon))))
  const entropies = neg(sum(mul(exp(logDistribution), logDistribution), [2]))
  // k3 from samples of the old policy, whose ratio is p_new / p_old.
  const approximateKl = terms.mean(k3(ratio, logRatio))
  const outside = add(greater(ratio, 1 + epsilon), greater(1 - epsilon, ratio))
  const statistics = { policyLoss, entropy: terms.mean(entropies), approximateKl, clipFraction: terms.mean(outside) }
  return { logProbabilities, statistics }
}

/** The k3 estimate of a divergence, (r − 1) − log r, of Schulman, "Approximating KL Divergence", 2020. */
function k3(ratio: Expr, logRatio: Expr): Expr {
  return sub(sub(ratio, 1), logRatio)
}

/**
 * Up to this many nats between two policies, a ratio is exp(x). Beyond, it continues as the tangent of exp at this point, so that neither
 * it nor its gradient is infinite: exp(89) is in float32. Such a ratio says only that the policies have nothing in common; its gradient
 * is clipped anyway.
 */
const maxLogRatio = 20

/** exp(x), continued by its tangent at `maxLogRatio`. */
function boundedExp(x: Expr): Expr {
  const bounded = minimum(x, maxLogRatio)
  return mul(exp(bounded), add(sub(x, bounded), 1))
}

/** A copy of a model's graph, with the inputs of a loss over its tokens. */
class LossTerms {
  readonly builder = new GraphBuilder()
  /** [rows, time] */
  readonly shape: Shape
  readonly #model: Graph
  readonly #place: readonly number[]
  readonly #counts: Expr
  readonly #total: Expr

  constructor(model: Graph) {
    this.#model = model
    this.#place = copyInto(this.builder, model)
    this.shape = this.output('logits').shape.slice(0, 2)
    this.#counts = this.input('counts')
    this.#total = input(this.builder, 'total', [])
  }

  /** An output of the model. */
  output(name: string): Expr {
    const node = this.#model.outputs[name]
    if (node === undefined) throw new Error(`the model gives no ${name}`)
    return new Expr(this.builder, this.#place[node]!)
  }

  /** An input with a number for each token. */
  input(name: string): Expr {
    return input(this.builder, name, this.shape)
  }

  /**
   * x where its count is not 0, else 0. Prompts and padding have no numbers of a rollout: x can overflow there, and an infinity times
   * a count of 0 is NaN.
   */
  counted(x: Expr): Expr {
    return mul(x, greater(this.#counts, 0))
  }

  /** The mean of x over the tokens that count. */
  mean(x: Expr): Expr {
    return div(sum(mul(x, this.#counts), [0, 1]), this.#total)
  }

  finish(outputs: Readonly<Record<string, Expr>>): Graph {
    return this.builder.finish(Object.fromEntries(Object.entries(outputs).map(([name, { node }]) => [name, node])))
  }
}
