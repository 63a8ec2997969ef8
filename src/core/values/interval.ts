/** Paces reports of progress. */

/** A function that returns true at most once in each interval, in milliseconds, and not before the first one has passed. */
export function atMostEvery(interval: number): () => boolean {
  let last = performance.now()
  return () => {
    const now = performance.now()
    if (now - last < interval) return false
    last = now
    return true
  }
}
