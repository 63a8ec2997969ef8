/** What answers to the same prompts say of the models that gave them: rewards, who wins how often, and how far they have moved. */

import type { Estimate } from '../../core/report.ts'
import { bootstrapMean, shareMean } from '../alignment/bootstrap.ts'

/** A number for each answer: by prompt, then by response. */
export type PerAnswer = readonly (readonly number[])[]

export interface Confidence {
  readonly seed: number
  /** How much of what the bootstrap gives lies in the interval: 0.95. */
  readonly confidence: number
}

/** The mean over prompts of the mean over their answers, with the bootstrap interval over prompts. */
export function meanOf(values: PerAnswer, confidence: Confidence): Estimate {
  return estimate(values.map(mean), confidence)
}

/** The same of numbers from 0 to 1: a share, whose interval is no point where all are right. */
export function shareOf(values: readonly number[], { seed, confidence }: Confidence): Estimate {
  const { mean: value, low, high } = shareMean(values, { seed, confidence })
  return { value, low, high }
}

/**
 * How often a model's answer has the higher reward of two, the n-th answer to a prompt against the opponent's n-th; ties count
 * half. The interval is over prompts, whose answers are not independent.
 */
export function winRate(rewards: PerAnswer, opponent: PerAnswer, confidence: Confidence): Estimate {
  return shareOf(
    differences(rewards, opponent).map((row) => mean(row.map((difference) => (Math.sign(difference) + 1) / 2))),
    confidence,
  )
}

/** By how much its rewards are higher than the opponent's, prompt by prompt. */
export function gain(rewards: PerAnswer, opponent: PerAnswer, confidence: Confidence): Estimate {
  return estimate(differences(rewards, opponent).map(mean), confidence)
}

function differences(a: PerAnswer, b: PerAnswer): number[][] {
  return a.map((row, prompt) => row.map((reward, response) => reward - b[prompt]![response]!))
}

function estimate(values: readonly number[], { seed, confidence }: Confidence): Estimate {
  const { mean: value, low, high } = bootstrapMean(values, { seed, confidence })
  return { value, low, high }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
