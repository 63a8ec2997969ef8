/**
 * Batches in which several sequences share a row, each seeing only itself: short sequences are trained on and scored with little
 * padding.
 */

import type { Tensors } from '../../engine/engine.ts'
import { fillRows } from './rows.ts'

/** The memory of a batch; it is filled again and again. */
export interface PackedBatch {
  readonly rows: number
  readonly time: number
  /** `tokens`, `targets` (the token after each), `positions` and `segments`, all [rows, time]. */
  readonly feeds: Tensors
}

/** The place of a sequence in a batch: the index of its first token in all rows · time. */
export interface Placed {
  readonly index: number
  readonly at: number
}

/** Which tokens of a sequence a model reads: all, or all but the last, which then is a target alone. */
export type ReadTokens = 'all' | 'all but the last'

/** How many tokens of a sequence of `length` a model reads. */
export function tokensRead(length: number, read: ReadTokens): number {
  return read === 'all' ? length : Math.max(0, length - 1)
}

export function makePacked(rows: number, time: number): PackedBatch {
  const tensor = () => ({ dtype: 'int32', shape: [rows, time], data: new Int32Array(rows * time) }) as const
  return { rows, time, feeds: { tokens: tensor(), targets: tensor(), positions: tensor(), segments: tensor() } }
}

/** Fills a batch. `members` has the indices of the sequences of each row, as fillRows gives them. Returns their places. */
export function fillPacked(
  { time, feeds }: PackedBatch,
  sequences: readonly ArrayLike<number>[],
  members: readonly (readonly number[])[],
  read: ReadTokens = 'all',
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
      const length = tokensRead(sequence.length, read)
      placed.push({ index, at })
      for (let t = 0; t < length; t++) {
        tokens[at + t] = sequence[t]!
        if (t + 1 < sequence.length) targets[at + t] = sequence[t + 1]!
        positions[at + t] = t
        segments[at + t] = number + 1
      }
      at += length
    }
  }
  return placed
}

/** The width of most rows: a few short sequences share one. */
const minWidth = 128

/**
 * The width of rows for sequences of at most `longest` tokens, of a model of `context`: `min` or the first of its doublings that is wide
 * enough, so that few widths have to be compiled.
 */
export function widthFor(longest: number, context: number, min = minWidth): number {
  let width = min
  while (width < longest) width *= 2
  return Math.min(width, context)
}

/** Widths between powers of two are multiples of this. */
const widthStep = 64

/**
 * The width of rows, in tokens, that makes training on sequences of these lengths cheapest. No sequence is longer than `longest`, and no row is
 * wider than `context`. The cost of a width is the number of positions in all rows, each weighted by 1 + width / 4096, because attention
 * grows with the square of the width. For example, a sequence of 268 tokens fills half of a row of 512, but most of a row of 320.
 */
export function widthToFill(lengths: readonly number[], longest: number, context: number): number {
  const defaultWidth = widthFor(longest, context)
  if (longest <= minWidth) return defaultWidth
  const close = Math.ceil(longest / widthStep) * widthStep
  const widths = [defaultWidth, close, 2 * defaultWidth].map((width) => Math.min(width, context))
  const costs = widths.map((width) => fillRows(lengths, width).length * width * (1 + width / 4096))
  return widths[costs.indexOf(Math.min(...costs))]!
}

/** Rows in batches of `count`. A row is the indices of its sequences, as fillRows gives them. */
export function batchesOfRows(rows: readonly (readonly number[])[], count: number): (readonly (readonly number[])[])[] {
  const batches: (readonly (readonly number[])[])[] = []
  for (let from = 0; from < rows.length; from += count) batches.push(rows.slice(from, from + count))
  return batches
}
