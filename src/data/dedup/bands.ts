/** Chooses the numbers of bands and rows of MinHash: those that the program gives, or those that suit a threshold. */

/** The numbers of datatrove, with which FineWeb was made. A pair of similarity 72 % is found in half of all cases, one of 80 % in 92 %. */
const defaultBanding = { bands: 14, rows: 8 }

export interface Banding {
  readonly bands: number
  readonly rows: number
}

/**
 * The bands and rows for a threshold: as many rows, of 112 permutations, as still find a pair with exactly this similarity in 95 % of
 * cases. Candidates are compared afterwards, so that additional candidates cost only time.
 */
export function bandingFor(threshold: number | undefined, bands?: number, rows?: number): Banding {
  if (threshold === undefined || bands !== undefined || rows !== undefined) {
    return { bands: bands ?? defaultBanding.bands, rows: rows ?? defaultBanding.rows }
  }
  const permutations = defaultBanding.bands * defaultBanding.rows
  for (let each = 16; each > 1; each--) {
    const count = Math.floor(permutations / each)
    if (chance(threshold, { bands: count, rows: each }) >= 0.95) return { bands: count, rows: each }
  }
  return { bands: permutations, rows: 1 }
}

/** The probability that a pair with this Jaccard similarity becomes a candidate. */
export function chance(similarity: number, { bands, rows }: Banding): number {
  return 1 - (1 - similarity ** rows) ** bands
}
