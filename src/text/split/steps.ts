/** One step of a split: what is cut by which pattern, as Hugging Face's pre-tokenizers have it. */

/** What becomes of the matches of a pattern, which cut a text into matches and what lies between them. */
export type SplitBehavior = 'isolated' | 'removed' | 'contiguous' | 'merged_with_previous' | 'merged_with_next'

export interface SplitStep {
  /** A regular expression, as Oniguruma reads it. */
  readonly pattern: string
  readonly behavior: SplitBehavior
  /** Whether what lies between the matches counts as the matches, and they as what lies between. */
  readonly invert: boolean
}

/** The step that makes every match, and all that lies between two, a piece. */
export function isolated(pattern: string): SplitStep {
  return { pattern, behavior: 'isolated', invert: false }
}

/** The steps of a pattern; none without one. */
export function stepsOf(pattern: string | undefined): SplitStep[] {
  return pattern === undefined ? [] : [isolated(pattern)]
}

/**
 * From here on, the end of a piece is that of one that is removed: what is left of it is where the next piece begins. Texts are
 * shorter by far.
 */
export const removed = 2 ** 31

/** The places where a text is cut: ends of pieces, each a match or not. */
export interface Cuts {
  readonly ends: readonly number[]
  readonly matches: readonly boolean[]
}

/** The ends of the pieces that a behavior makes of a text's cuts. */
export function behave({ ends, matches }: Cuts, behavior: SplitBehavior): number[] {
  if (behavior === 'isolated') return [...ends]
  if (behavior === 'removed') return ends.map((end, i) => (matches[i] ? end + removed : end))
  // The others join pieces with their neighbors: an end goes where the next piece is joined to it.
  return ends.filter((_, i) => {
    const next = i + 1
    if (next === ends.length) return true
    if (behavior === 'contiguous') return matches[i] !== matches[next]
    if (behavior === 'merged_with_previous') return matches[i]! || !matches[next]
    return !matches[i] || matches[next]!
  })
}
