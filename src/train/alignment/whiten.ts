/** Whitening: numbers of a whole batch, shifted to mean 0 and scaled to variance 1. */

/**
 * Whitens, in place, the numbers in all of `rows` together (the tokens of all responses of a batch; no padding). With
 * `shiftMean` false the mean stays, as for rewards. The variance is the population's plus 1e-8, as in Ziegler et al. 2019's
 * code (policy detail "reward and advantage whitening, with optional mean shifting" of Huang et al. 2023).
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
