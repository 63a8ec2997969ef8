/**
 * Proximal policy optimization against a reward model, after "The N Implementation Details of RLHF with PPO" (Huang et al. 2023). The parts
 * of a step, and where the details of the paper are:
 *
 *     rewards      −β·(log policy − log reference) at every token, the score added    "per-token KL penalty": alignment/shaping.ts
 *                  at the last
 *     advantages   GAE(γ, λ) of rewards and values, whitened over all tokens of the    "discount factor = 1", "reward and advantage
 *                  step                                                                 whitening": alignment/gae.ts, whiten.ts
 *     losses       clipped policy and value losses, over epochs of minibatches          "terminology of the training loop",
 *                                                                                        "clipped value function": policy/loss.ts
 *     β            adapted after each step to the divergence of the answers             "adaptive KL": alignment/kl.ts
 *
 * Left out on purpose: a separate value model (a head on the policy instead, as in Ziegler et al. 2019), answers drawn again until one
 * ends (an answer that is cut off is scored as it is, less a penalty), and annealing of the KL estimate.
 */

import type { Graph } from '../../model/graph.ts'
import { valueInit, withScalarHead } from '../../model/training/heads.ts'
import { generalizedAdvantages } from '../alignment/gae.ts'
import { adaptiveKl, fixedKl } from '../alignment/kl.ts'
import { shapedRewards } from '../alignment/shaping.ts'
import { whiten } from '../alignment/whiten.ts'
import type { PolicyMethod, TrainingTargets } from './policy/loop.ts'
import { type PpoLossSettings, valueHead, withPpoLoss } from './policy/loss.ts'
import type { Rollout } from './policy/rollouts.ts'

/** How the price of divergence is set: adapted to a target divergence, or constant. */
export type KlSetting =
  | { readonly call: 'adaptive'; readonly target: number; readonly start: number; readonly horizon: number }
  | { readonly call: 'fixed'; readonly beta: number }

export interface PpoSettings extends PpoLossSettings {
  readonly kl: KlSetting
  readonly gae: { readonly gamma: number; readonly lambda: number }
  /** Subtracted from the score of an answer that did not end. */
  readonly missing_end_penalty: number
  readonly whiten_rewards: boolean
}

/** PPO as a method of trainPolicy. */
export function ppo(settings: PpoSettings): PolicyMethod {
  const { kl } = settings
  const controller = (beta: number) => (kl.call === 'fixed' ? fixedKl(beta) : adaptiveKl(beta, kl.target, kl.horizon))
  return {
    withHeads: (model: Graph) => withScalarHead(model, valueHead, valueInit),
    withLoss: (bound) => withPpoLoss(bound, settings),
    responses: 1,
    numbers: ['old', 'advantages', 'returns', 'oldValues'],
    targetsOf: (rollouts, beta) => advantagesAndReturns(rollouts, beta, settings),
    beta: kl.call === 'fixed' ? kl.beta : kl.start,
    nextBeta: (beta, divergence, count) => controller(beta).after(divergence, count).beta,
  }
}

/** The training targets of PPO: advantages and returns of every token, if a nat of divergence costs `beta`. */
export function advantagesAndReturns(
  rollouts: readonly Rollout[],
  beta: number,
  settings: PpoSettings,
): TrainingTargets {
  const { gae, missing_end_penalty: missingEndPenalty } = settings
  const rewards = rollouts.map(({ policy, reference, score, ended }) =>
    shapedRewards(policy, reference, score, ended, { beta, missingEndPenalty }),
  )
  // The mean stays, since it says whether answers are good or bad.
  if (settings.whiten_rewards) whiten(rewards, false)
  const estimates = rollouts.map(({ values }, i) => generalizedAdvantages(rewards[i]!, values, gae.gamma, gae.lambda))
  const advantages = estimates.map((estimate) => estimate.advantages)
  whiten(advantages)
  const responses = rollouts.map(({ ids, prompt, policy, values }, i) => ({
    ids,
    prompt,
    numbers: {
      counts: new Float32Array(policy.length).fill(1),
      old: policy,
      advantages: advantages[i]!,
      returns: estimates[i]!.returns,
      oldValues: values,
    },
  }))
  return { responses, metrics: { explainedVariance: explained(rollouts, estimates) } }
}

/** The explained variance, 1 − Var(returns − values) / Var(returns): 1 if the values predict all returns, 0 if they predict none. */
function explained(rollouts: readonly Rollout[], estimates: readonly { readonly returns: Float64Array }[]): number {
  const returns = estimates.flatMap((estimate) => [...estimate.returns])
  const values = rollouts.flatMap((rollout) => [...rollout.values])
  const total = variance(returns)
  return total === 0 ? 0 : 1 - variance(returns.map((each, i) => each - values[i]!)) / total
}

function variance(numbers: readonly number[]): number {
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length
  return numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length
}
