/**
 * A batch in two halves, computed at once by two threads that do not wait for each other: most operations of a small model are too
 * short to be worth dividing one by one. Why, and what it brings: docs/decisions/training-speed.md.
 */

import type { Graph } from '../model/graph.ts'
import { sizeOf } from '../model/shape.ts'

export interface Parts {
  /** Of equally many rows. Fixed by the rows alone, since the sum over the parts is part of the result. */
  readonly count: number
  /** How many are computed at a time; it changes no byte. */
  readonly atOnce: number
}

/** A part computed beside the first has weights and gradients of its own: 256 MB of memory at most. */
const mostCopied = 2 ** 25

/** How to divide a batch of so many rows, of a model bound to numbers. */
export function partsOf(rows: number, { weights }: Graph, threads: number): Parts {
  const count = rows % 2 === 0 ? 2 : 1
  const parameters = weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  return { count, atOnce: parameters > mostCopied ? 1 : Math.min(count, threads) }
}

/** The whole batch at once. */
export const whole: Parts = { count: 1, atOnce: 1 }
