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

/** Sequences in as few batches of `rows` rows of `width` as their order allows. */
export function inBatches<S extends { readonly ids: ArrayLike<number> }>(
  sequences: readonly S[],
  rows: number,
  width: number,
): S[][] {
  const batches: S[][] = []
  let current: S[] = []
  for (const sequence of sequences) {
    const lengths = [...current, sequence].map(({ ids }) => ids.length)
    if (fillRows(lengths, width).length > rows) {
      batches.push(current)
      current = []
    }
    current.push(sequence)
  }
  return [...batches, current]
}

/**
 * How many rows of `width` a batch should have, from 1 to `most`, to compute each of `groups` of sequences in batches of its own: the number that
 * computes the fewest rows in all. A batch counts for one row more than it has, which is what its many short operations cost besides.
 */
export function rowsFor<S extends { readonly ids: ArrayLike<number> }>(
  groups: readonly (readonly S[])[],
  width: number,
  most: number,
): number {
  const cost = (rows: number) =>
    groups.reduce((sum, group) => sum + (rows + 1) * inBatches(group, rows, width).length, 0)
  const costs = Array.from({ length: most }, (_, i) => cost(i + 1))
  return 1 + costs.indexOf(Math.min(...costs))
}
