/** Ranks: 1 is best, equal numbers are ties, and ranks are skipped after a tie, as in 1, 2, 2, 4. */

/** Ranks by score. Higher scores are better, and equal scores tie. */
export function ranksByScore(scores: readonly number[]): number[] {
  return scores.map((score) => 1 + scores.filter((other) => other > score).length)
}

/** Ranks of which only the best and the worst are known: all other answers tie between them. */
export function ranksOfExtremes(count: number, best: number, worst: number): number[] {
  return Array.from({ length: count }, (_, i) => (i === best ? 1 : i === worst ? count : 2))
}

export interface Ranked {
  readonly responses: readonly string[]
  readonly ranks: readonly number[]
}

export type Tidied =
  /** `merged`: the number of responses that repeated another response of the same rank. */
  (Ranked & { readonly merged: number }) | { readonly problem: string }

/**
 * Removes repetitions from a ranking. A text that occurs twice with one rank counts once. A text with two ranks, or fewer than two
 * different ranks, is a problem: nothing is preferred. The order of the responses stays.
 */
export function tidy({ responses, ranks }: Ranked): Tidied {
  const seen = new Map<string, number>()
  const kept: number[] = []
  for (const [i, response] of responses.entries()) {
    const before = seen.get(response)
    if (before !== undefined && before !== ranks[i]) return { problem: 'one text has two ranks' }
    if (before === undefined) kept.push(i)
    seen.set(response, ranks[i]!)
  }
  const scores = kept.map((i) => -ranks[i]!)
  if (new Set(scores).size < 2) return { problem: 'no preference: all answers rank alike' }
  return {
    responses: kept.map((i) => responses[i]!),
    ranks: ranksByScore(scores),
    merged: responses.length - kept.length,
  }
}
