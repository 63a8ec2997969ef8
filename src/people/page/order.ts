/** An order of cards, the best first, with ties: what moving, placing by number and tying do to it. */

export interface Before {
  readonly ranks: readonly number[]
  readonly flagged: readonly number[]
}

export class Order {
  /** Cards from the best to the worst, by the places they were shown at. */
  readonly cards: number[]
  /** Whether the card at a position ties with the one above it; never the first. */
  readonly tied: boolean[]
  readonly flagged = new Set<number>()
  /** The position that keys act on. */
  chosen = 0
  /** Whether the person did anything to it. */
  touched = false
  /** How many cards at the top were placed by number. */
  #placed = 0

  constructor(count: number, before?: Before) {
    this.cards = Array.from({ length: count }, (_, i) => i)
    this.tied = this.cards.map(() => false)
    if (before === undefined) return
    const { ranks, flagged } = before
    this.cards.sort((a, b) => ranks[a]! - ranks[b]! || a - b)
    for (let i = 1; i < count; i++) this.tied[i] = ranks[this.cards[i]!] === ranks[this.cards[i - 1]!]
    for (const card of flagged) this.flagged.add(card)
    this.touched = true
  }

  /** By card: 1 is best, equal numbers are ties, and after a tie as many are left out: 1, 2, 2, 4. */
  ranks(): number[] {
    const ranks = new Array<number>(this.cards.length)
    let rank = 1
    for (const [position, card] of this.cards.entries()) {
      if (!this.tied[position]) rank = position + 1
      ranks[card] = rank
    }
    return ranks
  }

  /** Moves the card at a position to another. Between cards that tie it ties with them, elsewhere with none. */
  move(from: number, to: number): void {
    const last = this.cards.length - 1
    if (from === to || from < 0 || to < 0 || from > last || to > last) return
    const [card] = this.cards.splice(from, 1)
    const [wasTied] = this.tied.splice(from, 1)
    // The next of a tie is its first now.
    if (!wasTied && this.tied[from]) this.tied[from] = false
    this.tied.splice(to, 0, to < last && this.tied[to] === true)
    this.cards.splice(to, 0, card!)
    this.tied[0] = false
    this.chosen = to
    this.touched = true
  }

  /** Puts a card behind those placed so: `3 1 2` is an order by three keys. */
  place(card: number): void {
    const from = this.cards.indexOf(card)
    if (from < this.#placed) return
    const to = this.#placed++
    this.touched = true
    if (from === to) this.chosen = to
    else this.move(from, to)
    if (this.#placed === this.cards.length) this.#placed = 0
  }

  /** Ties the card at a position with the one above, or no longer. */
  tie(position: number): void {
    if (position <= 0 || position >= this.cards.length) return
    this.tied[position] = !this.tied[position]
    this.touched = true
  }

  flag(card: number): void {
    if (!this.flagged.delete(card)) this.flagged.add(card)
  }

  choose(position: number): void {
    this.chosen = Math.max(0, Math.min(this.cards.length - 1, position))
  }
}
