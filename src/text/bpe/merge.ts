/**
 * Merges by rank: repeatedly joins the neighboring pair whose merge has the lowest rank, the leftmost of equal ranks. Short pieces are
 * scanned at each merge; long pieces use a heap over a linked list.
 */

import type { Ids } from '../ids.ts'
import { Pairs } from './pairs.ts'

/** Merges by rank: `left[i] right[i]` becomes `result[i]`. */
export interface Merges {
  readonly left: ArrayLike<number>
  readonly right: ArrayLike<number>
  readonly result: ArrayLike<number>
}

/** The largest number of symbols for which scanning all of them at each merge is faster than a heap. */
const scanned = 48

export class Merger {
  readonly #pairs: Pairs
  readonly #results: Int32Array
  /** The rank of the merge of each symbol with the next, -1 if there is none. */
  readonly #ranks = new Int32Array(scanned)

  constructor(merges: Merges) {
    const count = merges.left.length
    this.#pairs = new Pairs(count)
    this.#results = new Int32Array(count)
    for (let rank = 0; rank < count; rank++) {
      // Pairs are numbered in the order of their ranks. A pair that is listed twice keeps its first number.
      const next = this.#pairs.count
      if (this.#pairs.intern(merges.left[rank]!, merges.right[rank]!) === next) {
        this.#results[next] = merges.result[rank]!
      }
    }
  }

  /** Merges the first `length` symbols and appends the tokens. Overwrites `symbols`. */
  merge(symbols: Int32Array, length: number, into: Ids): void {
    if (length > scanned) this.#mergeLong(symbols, length, into)
    else this.#mergeShort(symbols, length, into)
  }

  #mergeShort(symbols: Int32Array, count: number, into: Ids): void {
    const ranks = this.#ranks
    const pairs = this.#pairs
    let length = count
    for (let i = 0; i + 1 < length; i++) ranks[i] = pairs.find(symbols[i]!, symbols[i + 1]!)
    while (length > 1) {
      let best = -1
      let at = 0
      for (let i = 0; i + 1 < length; i++) {
        const rank = ranks[i]!
        if (rank >= 0 && (best < 0 || rank < best)) {
          best = rank
          at = i
        }
      }
      if (best < 0) break
      symbols[at] = this.#results[best]!
      length--
      for (let i = at + 1; i < length; i++) {
        symbols[i] = symbols[i + 1]!
        ranks[i] = ranks[i + 1]!
      }
      if (at > 0) ranks[at - 1] = pairs.find(symbols[at - 1]!, symbols[at]!)
      if (at + 1 < length) ranks[at] = pairs.find(symbols[at]!, symbols[at + 1]!)
    }
    into.reserve(length)
    for (let i = 0; i < length; i++) into.data[into.length++] = symbols[i]!
  }

  #mergeLong(symbols: Int32Array, length: number, into: Ids): void {
    const pairs = this.#pairs
    // A symbol has the position of its first part; -1 marks a part that was joined to its left.
    const next = new Int32Array(length)
    const previous = new Int32Array(length)
    const queue = new RankQueue(length)
    for (let i = 0; i < length; i++) {
      next[i] = i + 1
      previous[i] = i - 1
    }
    for (let i = 0; i + 1 < length; i++) {
      const rank = pairs.find(symbols[i]!, symbols[i + 1]!)
      if (rank >= 0) queue.push(rank, i)
    }
    while (queue.length > 0) {
      const rank = queue.rank
      const at = queue.pop()
      const right = symbols[at]! < 0 ? length : next[at]!
      // An entry is stale if a neighbor was joined in the meantime. The pair that is here now has an entry of its own.
      if (right >= length || pairs.left[rank] !== symbols[at] || pairs.right[rank] !== symbols[right]) continue
      symbols[at] = this.#results[rank]!
      symbols[right] = -1
      const after = next[right]!
      next[at] = after
      if (after < length) {
        previous[after] = at
        const found = pairs.find(symbols[at]!, symbols[after]!)
        if (found >= 0) queue.push(found, at)
      }
      const before = previous[at]!
      if (before >= 0) {
        const found = pairs.find(symbols[before]!, symbols[at]!)
        if (found >= 0) queue.push(found, before)
      }
    }
    for (let i = 0; i < length; i = next[i]!) into.push(symbols[i]!)
  }
}

/** A binary heap of (rank, position): lowest rank first, and leftmost of equal ranks. */
class RankQueue {
  length = 0
  #ranks: Int32Array
  #positions: Int32Array

  /** `symbols`: the number of symbols. There are fewer merges than symbols, and each merge pushes at most two entries. */
  constructor(symbols: number) {
    this.#ranks = new Int32Array(3 * symbols)
    this.#positions = new Int32Array(3 * symbols)
  }

  /** The rank of the first entry. */
  get rank(): number {
    return this.#ranks[0]!
  }

  push(rank: number, position: number): void {
    let hole = this.length++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (!this.#before(rank, position, parent)) break
      this.#move(parent, hole)
      hole = parent
    }
    this.#ranks[hole] = rank
    this.#positions[hole] = position
  }

  /** Removes the first entry and returns its position. */
  pop(): number {
    const first = this.#positions[0]!
    const last = --this.length
    const rank = this.#ranks[last]!
    const position = this.#positions[last]!
    let hole = 0
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && this.#before(this.#ranks[child + 1]!, this.#positions[child + 1]!, child)) child++
      if (this.#before(rank, position, child)) break
      this.#move(child, hole)
      hole = child
    }
    this.#ranks[hole] = rank
    this.#positions[hole] = position
    return first
  }

  #before(rank: number, position: number, other: number): boolean {
    const otherRank = this.#ranks[other]!
    return rank < otherRank || (rank === otherRank && position < this.#positions[other]!)
  }

  #move(from: number, to: number): void {
    this.#ranks[to] = this.#ranks[from]!
    this.#positions[to] = this.#positions[from]!
  }
}
