/** Finds the known word that a misspelled one most likely means. */

/** The candidate nearest to `word`; `undefined` if none is near enough. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  // Allows one mistake in a short word, and a third of the letters in a long one.
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  const lower = word.toLowerCase()
  for (const candidate of candidates) {
    // A single letter only resembles itself in the other case.
    const limit = Math.min(word.length, candidate.length) === 1 ? 1 : bestDistance
    const distance = editDistance(lower, candidate.toLowerCase(), Math.min(limit, bestDistance))
    if (distance >= limit) continue
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** The optimal string alignment distance (Damerau's edit distance for adjacent letters), or `limit` if it is not below `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    before = last
    last = row
  }
  return Math.min(last[b.length] ?? limit, limit)
}
