/**
 * Group relative policy optimization (Shao et al. 2024): each prompt gets several answers, and the advantage of an answer is how much better
 * its score is than the others'. It needs no value head; the divergence from the reference is part of the loss, by the k3 estimate.
 */

import type { PolicyMethod, TrainingTargets } from './policy/loop.ts'
import { type ClippedSettings, withGrpoLoss } from './policy/loss.ts'
import type { Rollout } from './policy/rollouts.ts'

export interface GrpoSettings extends ClippedSettings {
  /** Answers to each prompt. */
  readonly responses: number
  /** The weight of a nat of divergence from the reference. */
  readonly beta: number
  /** Whether to divide advantages by the deviation of the group's scores, as the paper does; Liu et al. 2025 do not. */
  readonly scale_rewards: boolean
  /** Whether each answer has the same weight, as in the paper, or each token (Yu et al. 2025). */
  readonly weigh: 'responses' | 'tokens'
  readonly missing_end_penalty: number
}

/** GRPO as a method of trainPolicy. */
export function grpo(settings: GrpoSettings): PolicyMethod {
  return {
    withHeads: (model) => model,
    withLoss: (bound) => withGrpoLoss(bound, settings),
    responses: settings.responses,
    numbers: ['old', 'advantages', 'reference'],
    targetsOf: (rollouts) => advantagesOfGroups(rollouts, settings),
    beta: settings.beta,
    nextBeta: (beta) => beta,
  }
}

/** The training targets of GRPO: each group of `responses` rollouts answers one prompt. */
export function advantagesOfGroups(rollouts: readonly Rollout[], settings: GrpoSettings): TrainingTargets {
  const { responses: size, missing_end_penalty: penalty } = settings
  const scores = rollouts.map(({ score, ended }) => (ended ? score : score - penalty))
  const advantages: number[] = []
  for (let from = 0; from < scores.length; from += size)
    advantages.push(...groupAdvantages(scores.slice(from, from + size), settings.scale_rewards))
  const responses = rollouts.map(({ ids, prompt, policy, reference }, i) => {
    const all = (value: number) => new Float32Array(policy.length).fill(value)
    const counts = all(settings.weigh === 'tokens' ? 1 : 1 / policy.length)
    return { ids, prompt, numbers: { counts, old: policy, advantages: all(advantages[i]!), reference } }
  })
  return { responses }
}

/** The advantages of a group: (score − mean) / (deviation + 1e-4) with the sample deviation, as in TRL, or score − mean if `scale` is false. */
export function groupAdvantages(scores: readonly number[], scale: boolean): number[] {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0)
  const deviation = scores.length > 1 ? Math.sqrt(squares / (scores.length - 1)) : 0
  return scores.map((score) => (scale ? (score - mean) / (deviation + 1e-4) : score - mean))
}
