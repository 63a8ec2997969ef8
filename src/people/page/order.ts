/** An order of cards, the best first, with ties; and how moves, placing by number and ties change it. */

export interface Before {
  readonly ranks: readonly number[]
  readonly flagged: readonly number[]
}

export class Order {
  /** The cards from the best to the worst, each named by the place at which it was shown first. */
  readonly cards: number[]
  /** Whether the card at each position ties with the one above; never for the first. */
  readonly tied: boolean[]
  readonly flagged = new Set<number>()
  /** The position that the keys act on. */
  chosen = 0
  /** Whether the person has changed the order. */
  touched = false
  /** The number of cards at the top that were placed by number. */
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

  /** The rank of each card: 1 is best, equal ranks are ties, and the ranks after a tie are skipped: 1, 2, 2, 4. */
  ranks(): number[] {
    const ranks = new Array<number>(this.cards.length)
    let rank = 1
    for (const [position, card] of this.cards.entries()) {
      if (!this.tied[position]) rank = position + 1
      ranks[card] = rank
    }
    return ranks
  }

  /** Moves the card at one position to another. Between cards that tie it joins the tie; elsewhere it ties with no card. */
  move(from: number, to: number): void {
    const last = this.cards.length - 1
    if (from === to || from < 0 || to < 0 || from > last || to > last) return
    const [card] = this.cards.splice(from, 1)
    const [wasTied] = this.tied.splice(from, 1)
    // The second card of a tie is now its first.
    if (!wasTied && this.tied[from]) this.tied[from] = false
    this.tied.splice(to, 0, to < last && this.tied[to] === true)
    this.cards.splice(to, 0, card!)
    this.tied[0] = false
    this.chosen = to
    this.touched = true
  }

  /** Puts a card after those that were placed by number: the keys `3 1 2` give a whole order. */
  place(card: number): void {
    const from = this.cards.indexOf(card)
    if (from < this.#placed) return
    const to = this.#placed++
    this.touched = true
    if (from === to) this.chosen = to
    else this.move(from, to)
    if (this.#placed === this.cards.length) this.#placed = 0
  }

  /** Ties the card at a position with the one above, or unties them. */
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
