/** Several sequences in one row, so that little of a batch is padding. */

/**
 * Puts sequences of the given lengths into rows of `width`: which sequences share each row, by index. A row takes the longest
 * sequence left, then the shortest that still fit. Sequences of length 0 are in no row; one longer than `width` is a RangeError.
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

/** Lengths of sequences that have to be in one batch: one sequence, or the responses of a ranking. */
export type Unit = readonly number[]

/** Units in as few batches of `rows` rows of `width` as their order allows, by index. One that fills more rows has a batch of its own. */
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

/** Sequences in as few batches of `rows` rows of `width` as their order allows. */
export function inBatches<S extends { readonly ids: ArrayLike<number> }>(
  sequences: readonly S[],
  rows: number,
  width: number,
): S[][] {
  const units = sequences.map(({ ids }) => [ids.length])
  return unitsInBatches(units, rows, width).map((members) => members.map((i) => sequences[i]!))
}

/** Rows computed at once, at most: enough to keep the threads busy, few enough that little of the last batch is empty. */
const mostRows = 8

/** The bytes that the results of a batch may take, at most. A number of its own, so that rows, and the bytes of outputs, are the same on any machine. */
const memoryOfRows = 3 * 2 ** 30

/** How many rows fit the memory of a batch: `bytes` says what the results of a batch of so many rows take, which grows evenly. */
export function rowsInMemory(bytes: (rows: number) => number): number {
  const each = bytes(2) - bytes(1)
  return Math.max(1, Math.min(mostRows, Math.floor(memoryOfRows / Math.max(1, each))))
}

/** The rows of `width` that the largest unit fills. */
export function rowsOfLargest(units: readonly Unit[], width: number): number {
  return units.reduce((rows, unit) => Math.max(rows, fillRows(unit, width).length), 1)
}

/** Of all the steps of a training, about so many sequences tell how many rows a step fills. */
export const looked = 500

/**
 * How many rows of `width` a batch should have, from `least` to `most`, to compute each of `steps` in batches of its own: the number that computes
 * the fewest rows in all. A batch counts for one row more than it has, which is what its many short operations cost besides. `least` wins where
 * it is more than `most`.
 */
export function rowsFor(
  steps: readonly (readonly Unit[])[],
  width: number,
  { least = 1, most }: { readonly least?: number; readonly most: number },
): number {
  const cost = (rows: number) =>
    steps.reduce((sum, units) => sum + (rows + 1) * unitsInBatches(units, rows, width).length, 0)
  const costs = Array.from({ length: Math.max(1, most - least + 1) }, (_, i) => cost(least + i))
  return least + costs.indexOf(Math.min(...costs))
}
