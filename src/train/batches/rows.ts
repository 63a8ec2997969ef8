/** Packs several sequences into one row, so that little of a batch is padding. */

import type { RowLimits } from '../../engine/engine.ts'

/**
 * Puts sequences of the given lengths into rows of `width`; returns the indices of the sequences of each row. A row takes the longest
 * remaining sequence, then the shortest ones that still fit. Sequences of length 0 are in no row. Throws a RangeError if a sequence is
 * longer than `width`.
 */
export function fillRows(lengths: readonly number[], width: number): number[][] {
  const order = [...lengths.keys()].filter((i) => lengths[i]! > 0).sort((a, b) => lengths[b]! - lengths[a]! || a - b)
  const rows: number[][] = []
  for (let long = 0, short = order.length - 1; long <= short; long++) {
    const row = [order[long]!]
    let left = width - lengths[order[long]!]!
    if (left < 0) throw new RangeError(`a sequence of ${lengths[order[long]!]} does not fit a row of ${width}`)
    while (short > long && lengths[order[short]!]! <= left) {
      left -= lengths[order[short]!]!
      row.push(order[short--]!)
    }
    rows.push(row)
  }
  return rows
}

/** The lengths of the sequences that have to be in one batch: one sequence, or the responses of a ranking. */
export type Unit = readonly number[]

/** Units in as few batches of `rows` rows of `width` as their order allows, by index. A unit that fills more rows has a batch of its own. */
export function unitsInBatches(units: readonly Unit[], rows: number, width: number): number[][] {
  const batches: number[][] = []
  let current: number[] = []
  let lengths: readonly number[] = []
  for (const [i, unit] of units.entries()) {
    const more = [...lengths, ...unit]
    if (current.length > 0 && fillRows(more, width).length > rows) {
      batches.push(current)
      current = [i]
      lengths = unit
    } else {
      current.push(i)
      lengths = more
    }
  }
  return [...batches, current]
}

/** Examples in as few batches as their order allows; `unitOf` gives the lengths of an example. */
export function inBatches<Example>(
  examples: readonly Example[],
  unitOf: (example: Example) => Unit,
  { rows, time }: { readonly rows: number; readonly time: number },
): Example[][] {
  return unitsInBatches(examples.map(unitOf), rows, time).map((members) => members.map((i) => examples[i]!))
}

/** An example that is one sequence. */
export function sequenceUnit({ ids }: { readonly ids: ArrayLike<number> }): Unit {
  return [ids.length]
}

/** The most rows of a batch on a processor: enough to keep the threads busy, few enough that little of the last batch is empty. */
export const maxRows = 8

/**
 * The most bytes that the results of a batch may take. It does not depend on the machine's memory, so that rows, and with them the bytes
 * of weights, are the same on any machine.
 */
const maxBatchBytes = 3 * 2 ** 30

/** How many rows of a batch fit `limits`. `bytes` is the size of the results of a batch of a number of rows; it grows linearly. */
export function rowsInMemory(
  bytes: (rows: number) => number,
  limits: RowLimits = { rows: maxRows, bytes: maxBatchBytes },
): number {
  const each = bytes(2) - bytes(1)
  return Math.max(1, Math.min(limits.rows, Math.floor(limits.bytes / Math.max(1, each))))
}

/** The rows of `width` that the largest unit fills. */
export function rowsOfLargest(units: readonly Unit[], width: number): number {
  return units.reduce((rows, unit) => Math.max(rows, fillRows(unit, width).length), 1)
}

/** The number of sequences used to estimate how many rows a step needs. */
export const rowEstimateSample = 500

/**
 * How many rows of `width` a batch should have, from `min` to `max`, to compute each of `steps` in batches of its own: the number that
 * computes the fewest rows in all. A batch counts for one row more than it has: the cost of its many short operations. `min` wins if it
 * is larger than `max`.
 */
export function rowsFor(
  steps: readonly (readonly Unit[])[],
  width: number,
  { min = 1, max }: { readonly min?: number; readonly max: number },
): number {
  const cost = (rows: number) =>
    steps.reduce((sum, units) => sum + (rows + 1) * unitsInBatches(units, rows, width).length, 0)
  const costs = Array.from({ length: Math.max(1, max - min + 1) }, (_, i) => cost(min + i))
  return min + costs.indexOf(Math.min(...costs))
}
