/** The choices that a ranking stands for: the terms of the losses that learn from rankings. */

import { preferredPairs } from '../alignment/preference.ts'

/** One response was preferred to others of its ranking; responses are given by their indices in it. */
export interface Choice {
  readonly chosen: number
  readonly others: readonly number[]
  /** Its share of the ranking's loss. The shares of one ranking sum to 1, so that a long ranking weighs no more than a pair. */
  readonly share: number
}

/**
 * `bradley_terry`: every pair of a ranking is a choice (Ouyang et al. 2022, equation 1). `plackett_luce`: from the best down, each
 * response is chosen from all those ranked below it (Plackett 1975, Luce 1959). Tied responses are never compared. For rankings
 * of two both are the same.
 */
export type PreferenceLoss = 'bradley_terry' | 'plackett_luce'

/** The choices of a ranking; none if all its responses tie. `ranks` has 1 for the best, equal numbers for ties. */
export function choicesOf(ranks: readonly number[], loss: PreferenceLoss): readonly Choice[] {
  const pairs = preferredPairs(ranks)
  if (loss === 'bradley_terry')
    return pairs.map(({ better, worse }) => ({ chosen: better, others: [worse], share: 1 / pairs.length }))
  const chosen = [...new Set(pairs.map(({ better }) => better))].sort((a, b) => a - b)
  return chosen.map((each) => ({
    chosen: each,
    others: pairs.filter(({ better }) => better === each).map(({ worse }) => worse),
    share: 1 / chosen.length,
  }))
}
