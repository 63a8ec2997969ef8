/**
 * Numbers the pieces of a text and its repeated n-grams. Most n-grams of a text occur once, and an n-gram is repeated only if both (n − 1)-grams in
 * it are. So each level looks only at what was repeated on the level before. Its arrays are used again for the next text.
 */

import { unitsOf } from '../units.ts'
import { classOf, SPACE } from './characters.ts'

/** The repeated n-grams of one n, at the positions of their first pieces. */
interface Level {
  /** The range of its positions in `#positions` and `#ids`. */
  readonly start: number
  readonly end: number
  /** The number of different repeated n-grams, whose numbers are 0 to different − 1. */
  readonly different: number
  /** How often the most frequent n-gram occurs, and the position of its first occurrence; of equally frequent ones the first. */
  readonly most: number
  readonly first: number
}

/** The number of pieces for which arrays are kept, whatever the next text needs. */
const keptPieces = 1 << 18

export class GramTable {
  /** The text whose n-grams it has. */
  text: string | undefined
  #levels: Level[] = []
  #capacity = 0
  /** The number of characters of the pieces before each piece. */
  #ends = new Int32Array(1)
  /** For each different piece where it occurs first in the text, in units, and its hash. */
  #starts = new Int32Array(0)
  #lengths = new Int32Array(0)
  #hashes = new Int32Array(0)
  /** An open-addressing table of numbers + 1; 0 for a free slot. */
  #slots = new Int32Array(0)
  /** How often each number of a level occurs, and the position of its first occurrence. */
  #counts = new Int32Array(0)
  #firsts = new Int32Array(0)
  /** The positions of repeated n-grams and their numbers, level by level. */
  #positions = new Int32Array(0)
  #ids = new Int32Array(0)

  /** Whether its arrays are much larger than a text of `pieces` pieces needs. */
  isTooLarge(pieces: number): boolean {
    return this.#capacity > keptPieces && this.#capacity > 4 * pieces
  }

  load(text: string, pieces: number): void {
    if (pieces > this.#capacity) this.#reserve(2 ** Math.ceil(Math.log2(pieces)))
    this.text = text
    this.#levels = [this.#numberPieces(text, pieces)]
  }

  /** See `Grams`. The text has at least n pieces. */
  top(n: number): number {
    const { most, first } = this.#level(n)
    return (this.#ends[first + n]! - this.#ends[first]! + n - 1) * most
  }

  /** See `Grams`. */
  duplicated(n: number): number {
    const { start, end, different } = this.#level(n)
    if (different === 0) return 0
    const ends = this.#ends
    const seen = this.#counts.fill(0, 0, different)
    let characters = 0
    let next = 0
    for (let k = start; k < end; k++) {
      const position = this.#positions[k]!
      if (position < next) continue
      const id = this.#ids[k]!
      if (seen[id] === 0) seen[id] = 1
      else {
        next = position + n
        characters += ends[next]! - ends[position]!
      }
    }
    return characters
  }

  #reserve(pieces: number): void {
    this.#capacity = pieces
    this.#ends = new Int32Array(pieces + 1)
    this.#starts = new Int32Array(pieces)
    this.#lengths = new Int32Array(pieces)
    this.#hashes = new Int32Array(pieces)
    this.#slots = new Int32Array(2 * pieces)
    this.#counts = new Int32Array(pieces)
    this.#firsts = new Int32Array(pieces)
    this.#positions = new Int32Array(2 * pieces)
    this.#ids = new Int32Array(2 * pieces)
  }

  #numberPieces(text: string, pieces: number): Level {
    const codes = unitsOf(text)
    const slots = this.#emptySlots(pieces)
    const mask = slots.length - 1
    const [ends, starts, lengths, hashes] = [this.#ends, this.#starts, this.#lengths, this.#hashes]
    const [ids, counts, firsts] = [this.#ids, this.#counts, this.#firsts]
    let different = 0
    let characters = 0
    let piece = 0
    for (let at = 0; piece < pieces; ) {
      while ((classOf(codes[at]!) & SPACE) !== 0) at++
      const start = at
      let hash = 0x811c9dc5
      let pairs = 0
      for (; at < text.length; at++) {
        const code = codes[at]!
        if ((classOf(code) & SPACE) !== 0) break
        hash = Math.imul(hash ^ code, 0x01000193)
        if ((code & 0xfc00) === 0xdc00 && at > start && (codes[at - 1]! & 0xfc00) === 0xd800) pairs++
      }
      const length = at - start
      hash ^= hash >>> 15
      let slot = hash & mask
      let entry = slots[slot]!
      for (; entry !== 0; entry = slots[slot]!) {
        const other = entry - 1
        if (hashes[other] === hash && lengths[other] === length && areEqual(codes, starts[other]!, start, length)) break
        slot = (slot + 1) & mask
      }
      if (entry === 0) {
        slots[slot] = different + 1
        starts[different] = start
        lengths[different] = length
        hashes[different] = hash
        counts[different] = 0
        firsts[different] = piece
        entry = ++different
      }
      counts[entry - 1]!++
      ids[piece] = entry - 1
      this.#positions[piece] = piece
      characters += length - pairs
      ends[++piece] = characters
    }
    return this.#repeated(0, pieces, different)
  }

  #level(n: number): Level {
    while (this.#levels.length < n) this.#levels.push(this.#longer(this.#levels.at(-1)!))
    return this.#levels[n - 1]!
  }

  /** The level of the n-grams that are one piece longer. */
  #longer({ start, end }: Level): Level {
    const room = 2 * end - start
    if (room > this.#ids.length) {
      this.#positions = grown(this.#positions, room)
      this.#ids = grown(this.#ids, room)
    }
    const [ids, positions, counts, firsts] = [this.#ids, this.#positions, this.#counts, this.#firsts]
    const slots = this.#emptySlots(end - start)
    const mask = slots.length - 1
    let different = 0
    let to = end
    for (let k = start; k + 1 < end; k++) {
      if (positions[k + 1] !== positions[k]! + 1) continue
      const left = ids[k]!
      const right = ids[k + 1]!
      const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77)
      let slot = (mixed ^ (mixed >>> 15)) & mask
      let entry = slots[slot]!
      for (; entry !== 0; entry = slots[slot]!) {
        // The first occurrence of the n-gram that the slot has.
        const other = firsts[entry - 1]!
        if (ids[other] === left && ids[other + 1] === right) break
        slot = (slot + 1) & mask
      }
      if (entry === 0) {
        slots[slot] = different + 1
        counts[different] = 0
        firsts[different] = k
        entry = ++different
      }
      counts[entry - 1]!++
      ids[to] = entry - 1
      positions[to++] = positions[k]!
    }
    for (let id = 0; id < different; id++) firsts[id] = positions[firsts[id]!]!
    return this.#repeated(end, to, different)
  }

  /**
   * Leaves only the n-grams from `start` to `end` that occur more than once, and numbers these anew. Numbers follow the order of first occurrence, so that
   * the first of the most frequent n-grams wins.
   */
  #repeated(start: number, end: number, different: number): Level {
    const [ids, positions, counts, firsts] = [this.#ids, this.#positions, this.#counts, this.#firsts]
    let most = 1
    let first = 0
    let kept = 0
    const numbers = this.#starts
    for (let id = 0; id < different; id++) {
      const count = counts[id]!
      if (count > most) {
        most = count
        first = firsts[id]!
      }
      numbers[id] = count > 1 ? kept++ : -1
    }
    let to = start
    for (let k = start; k < end; k++) {
      const number = numbers[ids[k]!]!
      if (number < 0) continue
      ids[to] = number
      positions[to++] = positions[k]!
    }
    return { start, end: to, different: kept, most, first }
  }

  /** The slots for `entries` entries, all free. */
  #emptySlots(entries: number): Int32Array {
    const size = 2 ** Math.ceil(Math.log2(Math.max(8, 2 * entries)))
    return this.#slots.subarray(0, Math.min(size, this.#slots.length)).fill(0)
  }
}

function areEqual(codes: Uint16Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (codes[a + i] !== codes[b + i]) return false
  return true
}

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(length, 2 * array.length))
  larger.set(array)
  return larger
}
