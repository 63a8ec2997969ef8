/**
 * A batch in two halves, computed at once by two threads that do not wait for each other: most operations of a small model are too
 * short to be worth dividing one by one. Why, and what it brings: docs/decisions/training-speed.md.
 */

export interface Parts {
  /** Of equally many rows. Fixed by the rows alone, since the sum over the parts is part of the result. */
  readonly count: number
  /** How many are computed at a time; it changes no byte. */
  readonly atOnce: number
}

/** For each part computed beside the first, weights and gradients are copied: up to this many, which is soon done. */
const mostCopied = 2 ** 25

/** How to divide a batch of a model with so many parameters. */
export function partsOf(rows: number, parameters: number, threads: number): Parts {
  const count = rows % 2 === 0 ? 2 : 1
  return { count, atOnce: parameters > mostCopied ? 1 : Math.min(count, threads) }
}

/** The whole batch at once. */
export const whole: Parts = { count: 1, atOnce: 1 }
