/**
 * Batches in which several sequences share a row, each seeing only itself: what short conversations are trained on and scored in,
 * with little padding.
 */

import type { Tensor } from '../../engine/engine.ts'
import { fillRows } from './rows.ts'

/** Memory of a batch, filled again and again. */
export interface PackedBatch {
  readonly rows: number
  readonly time: number
  /** `tokens`, `targets` (the token after each), `positions` and `segments`, all [rows, time]. */
  readonly feeds: Readonly<Record<string, Tensor>>
}

/** Where a sequence stands in a batch: its first place in all rows · time. */
export interface Placed {
  readonly index: number
  readonly at: number
}

export function makePacked(rows: number, time: number): PackedBatch {
  const tensor = () => ({ dtype: 'int32', shape: [rows, time], data: new Int32Array(rows * time) }) as const
  return { rows, time, feeds: { tokens: tensor(), targets: tensor(), positions: tensor(), segments: tensor() } }
}

/** Fills a batch: `members` says which sequences stand in each of at most `rows` rows, as fillRows gives them. */
export function fillPacked(
  { time, feeds }: PackedBatch,
  sequences: readonly ArrayLike<number>[],
  members: readonly (readonly number[])[],
): Placed[] {
  const [tokens, targets, positions, segments] = ['tokens', 'targets', 'positions', 'segments'].map(
    (name) => feeds[name]!.data as Int32Array,
  ) as [Int32Array, Int32Array, Int32Array, Int32Array]
  for (const array of [tokens, targets, positions, segments]) array.fill(0)
  const placed: Placed[] = []
  for (const [row, indices] of members.entries()) {
    let at = row * time
    for (const [number, index] of indices.entries()) {
      const sequence = sequences[index]!
      placed.push({ index, at })
      for (let t = 0; t < sequence.length; t++) {
        tokens[at + t] = sequence[t]!
        if (t + 1 < sequence.length) targets[at + t] = sequence[t + 1]!
        positions[at + t] = t
        segments[at + t] = number + 1
      }
      at += sequence.length
    }
  }
  return placed
}

/** Rows have this many tokens, so that a few short sequences share one; twice that, and so on, where a sequence is longer. */
const narrowest = 128

/** The width of rows for sequences of at most `longest` tokens, of a model of `context`. */
export function widthFor(longest: number, context: number): number {
  let width = narrowest
  while (width < longest) width *= 2
  return Math.min(width, context)
}

/** Widths between powers of two are multiples of this. */
const step = 64

/**
 * The width of rows for a training on sequences of these lengths, none longer than `longest`: that of which rows of the sequences have the fewest
 * places, each weighing more in a longer row, since attention grows with its square. A sequence of 268 tokens fills half a row of 512, and most of one of 320.
 */
export function widthToFill(lengths: readonly number[], longest: number, context: number): number {
  const usual = widthFor(longest, context)
  if (longest <= narrowest) return usual
  const close = Math.ceil(longest / step) * step
  const widths = [usual, close, 2 * usual].map((width) => Math.min(width, context))
  const costs = widths.map((width) => fillRows(lengths, width).length * width * (1 + width / 4096))
  return widths[costs.indexOf(Math.min(...costs))]!
}

/** The sequences of each batch of `rows` rows of `width`, row by row. */
export function batchesOf(
  sequences: readonly ArrayLike<number>[],
  { rows, width }: { readonly rows: number; readonly width: number },
): (readonly (readonly number[])[])[] {
  const filled = fillRows(
    sequences.map(({ length }) => length),
    width,
  )
  const batches: number[][][] = []
  for (let from = 0; from < filled.length; from += rows) batches.push(filled.slice(from, from + rows))
  return batches
}
