/** Whitening: shifts the numbers of a batch to mean 0 and scales them to variance 1. */

/**
 * Whitens, in place, the numbers of all `rows` together: one row for the tokens of each response, without padding. If `shiftMean` is
 * false, the mean stays, as for rewards. The variance is the population's plus 1e-8, as in the code of Ziegler et al. 2019
 * (policy detail "reward and advantage whitening, with optional mean shifting" of Huang et al. 2023).
 */
export function whiten(rows: readonly Float64Array[], shiftMean = true): void {
  let count = 0
  let sum = 0
  for (const row of rows) {
    count += row.length
    for (const x of row) sum += x
  }
  if (count === 0) return
  const mean = sum / count
  let squares = 0
  for (const row of rows) for (const x of row) squares += (x - mean) ** 2
  const scale = 1 / Math.sqrt(squares / count + 1e-8)
  const back = shiftMean ? 0 : mean
  for (const row of rows) for (let i = 0; i < row.length; i++) row[i] = (row[i]! - mean) * scale + back
}
