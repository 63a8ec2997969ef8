/** Steps of a split, as in Hugging Face's pre-tokenizers. */

/** The treatment of a pattern's matches, which cut a text into matches and the texts between them. */
export type SplitBehavior = 'isolated' | 'removed' | 'contiguous' | 'merged_with_previous' | 'merged_with_next'

export interface SplitStep {
  /** A regular expression in the syntax of Oniguruma. */
  readonly pattern: string
  readonly behavior: SplitBehavior
  /** Whether matches and the texts between them swap their roles. */
  readonly invert: boolean
}

/** The step whose pieces are the matches and the texts between them. */
export function isolated(pattern: string): SplitStep {
  return { pattern, behavior: 'isolated', invert: false }
}

/** The steps of a pattern; `[]` without a pattern. */
export function stepsOf(pattern: string | undefined): SplitStep[] {
  return pattern === undefined ? [] : [isolated(pattern)]
}

/**
 * Added to the end of a piece that is removed. Such a piece gives no tokens, but the next piece begins at its end. Texts are much shorter
 * than this number.
 */
export const removed = 2 ** 31

/** The cuts of a text: the ends of its pieces, and whether each piece is a match. */
export interface Cuts {
  readonly ends: readonly number[]
  readonly matches: readonly boolean[]
}

/** Applies a behavior to the cuts of a text. Returns the ends of the pieces. */
export function behave({ ends, matches }: Cuts, behavior: SplitBehavior): number[] {
  if (behavior === 'isolated') return [...ends]
  if (behavior === 'removed') return ends.map((end, i) => (matches[i] ? end + removed : end))
  // The other behaviors join neighbors: an end is dropped if the next piece is joined to this one.
  return ends.filter((_, i) => {
    const next = i + 1
    if (next === ends.length) return true
    if (behavior === 'contiguous') return matches[i] !== matches[next]
    if (behavior === 'merged_with_previous') return matches[i]! || !matches[next]
    return !matches[i] || matches[next]!
  })
}
