/** How many bands of how many rows: from what was written, or for a threshold. */

/** datatrove's, with which FineWeb was made: a pair 72 % alike is found half the time, one 80 % alike 92 %. */
const usual = { bands: 14, rows: 8 }

export interface Banding {
  readonly bands: number
  readonly rows: number
}

/**
 * For a threshold: as many rows, of 112 permutations, as find a pair exactly that much alike in 95 of 100 cases. Candidates
 * are compared afterwards, so that finding more costs only time.
 */
export function bandingFor(threshold: number | undefined, bands?: number, rows?: number): Banding {
  if (threshold === undefined || bands !== undefined || rows !== undefined) {
    return { bands: bands ?? usual.bands, rows: rows ?? usual.rows }
  }
  const permutations = usual.bands * usual.rows
  for (let each = 16; each > 1; each--) {
    const count = Math.floor(permutations / each)
    if (chance(threshold, { bands: count, rows: each }) >= 0.95) return { bands: count, rows: each }
  }
  return { bands: permutations, rows: 1 }
}

/** The probability that a pair with a Jaccard similarity becomes a candidate. */
export function chance(similarity: number, { bands, rows }: Banding): number {
  return 1 - (1 - similarity ** rows) ** bands
}
