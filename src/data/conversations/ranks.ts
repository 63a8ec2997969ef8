/** Orders of preference as ranks: 1 is best, equal numbers are ties, and after a tie as many places are skipped: 1, 2, 2, 4. */

/** Ranks by score: the higher the better, equal ones tie. */
export function ranksByScore(scores: readonly number[]): number[] {
  return scores.map((score) => 1 + scores.filter((other) => other > score).length)
}

/** Ranks where only the best and the worst are known: all others tie between them. */
export function ranksOfExtremes(count: number, best: number, worst: number): number[] {
  return Array.from({ length: count }, (_, i) => (i === best ? 1 : i === worst ? count : 2))
}

export interface Ranked {
  readonly responses: readonly string[]
  readonly ranks: readonly number[]
}

export type Tidied =
  /** `merged`: how many responses said what another of the same rank says. */
  (Ranked & { readonly merged: number }) | { readonly problem: string }

/**
 * What is left to learn of a ranking: the same text twice in one place counts once, and a text in two places, or fewer
 * than two places, says nothing of what is preferred. The order of the responses stays.
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
