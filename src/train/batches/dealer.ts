/** Deals places to the sources of a mixture by their shares. */

/**
 * Deals places to sources so that after every place each source has its share of all places so far, to within less than one place: the
 * algorithm of Tijdeman 1980, "The chairman assignment problem". For k sources no count is off by more than 1 − 1/(2k − 2).
 */
export class Dealer {
  readonly #shares: Float64Array
  readonly #slack: number
  readonly #counts: Float64Array
  #dealt = 0

  /** `shares` are 0 or more, and add up to 1. */
  constructor(shares: readonly number[]) {
    const sources = shares.filter((share) => share > 0).length
    this.#shares = Float64Array.from(shares)
    this.#slack = sources < 2 ? 0 : 1 / (2 * sources - 2)
    this.#counts = new Float64Array(shares.length)
  }

  /** The source of the next place. */
  next(): number {
    this.#dealt++
    let chosen = -1
    let earliest = Number.POSITIVE_INFINITY
    let neediest = -1
    let most = Number.NEGATIVE_INFINITY
    for (let source = 0; source < this.#shares.length; source++) {
      const share = this.#shares[source]!
      if (share === 0) continue
      const missing = share * this.#dealt - this.#counts[source]!
      if (missing > most) {
        most = missing
        neediest = source
      }
      if (missing < this.#slack) continue
      // The number of places until the source would be missing more than the bound allows.
      const deadline = (1 - this.#slack - missing) / share
      if (deadline >= earliest) continue
      earliest = deadline
      chosen = source
    }
    // Rounding can leave no source that is missing enough.
    if (chosen === -1) chosen = neediest
    this.#counts[chosen]!++
    return chosen
  }
}
