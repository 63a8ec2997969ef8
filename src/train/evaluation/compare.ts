/** Compares models by their answers to the same prompts: mean rewards, win rates and gains, with intervals. */

import type { Estimate } from '../../core/report.ts'
import { bootstrapMean, shareMean } from '../alignment/bootstrap.ts'

/** A number for each answer: by prompt, then by response. */
export type PerAnswer = readonly (readonly number[])[]

export interface Confidence {
  readonly seed: number
  /** The confidence of the interval: 0.95. */
  readonly confidence: number
}

/** The mean over prompts of the mean over their answers, with the bootstrap interval over prompts. */
export function meanOf(values: PerAnswer, confidence: Confidence): Estimate {
  return estimate(values.map(mean), confidence)
}

/** The mean of numbers from 0 to 1, with an interval that is not a single point if all of them are 0 or 1. */
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

/** The mean over prompts of the difference between a model's rewards and the opponent's. */
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
