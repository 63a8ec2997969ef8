/**
 * Trains byte-level BPE: counts pieces, then repeatedly merges the most frequent pair of neighbors. Of equally frequent pairs, the one
 * with the lower ids (left first) is merged, as in Hugging Face's trainer, so that both learn the same merges from the same text.
 *
 * A merge updates the counts of pairs only at the positions that it changes. The best pair comes from a heap whose entries are corrected
 * when they reach the top.
 */

import { byteOrder, toAlphabet } from './byte-alphabet.ts'
import type { Merges } from './merge.ts'
import { Pairs } from './pairs.ts'
import type { PieceCounter } from './piece-counter.ts'
import { grown, Pieces } from './pieces.ts'

export interface TrainedBpe {
  /** The bytes of ids 0, 1, …: the 256 bytes in the order of GPT-2's alphabet, then the merged tokens. */
  readonly tokens: readonly Uint8Array[]
  readonly merges: Merges
}

export interface TrainOptions {
  /** The number of tokens to make, with the 256 bytes, without special tokens. */
  readonly tokens: number
  /** The smallest number of occurrences with which a pair is merged. */
  readonly minFrequency: number
  /** Texts in the byte alphabet that must not become tokens: in tokenizer.json, a special token of the same text would replace them. */
  readonly reserved?: ReadonlySet<string>
  readonly progress?: (tokens: number) => void
}

/** Trains on counted pieces. Returns fewer tokens than requested if no frequent pair is left. */
export function trainBpe(counter: PieceCounter, options: TrainOptions): TrainedBpe {
  const words = wordsOf(counter)
  const pairs = countPairs(words)
  const tokens: Uint8Array[] = byteOrder.map((byte) => Uint8Array.of(byte))
  // Two merges with the same bytes ("a"+"bc", "ab"+"c") give the same token.
  const byBytes = new Pieces()
  for (const token of tokens) byBytes.intern(token, 0, token.length)
  const [left, right, result]: [number[], number[], number[]] = [[], [], []]
  const merged = new Set<number>()
  const reserved = options.reserved ?? new Set()
  const queue = new PairQueue(pairs)
  for (let pair = 0; pair < pairs.index.count; pair++) queue.push(pair)

  while (tokens.length < options.tokens) {
    const pair = queue.popBest()
    if (pair === -1 || pairs.counts[pair]! < Math.max(1, options.minFrequency)) break
    const a = pairs.index.left[pair]!
    const b = pairs.index.right[pair]!
    const joined = concatenated(tokens[a]!, tokens[b]!)
    if (reserved.size > 0 && reserved.has(toAlphabet(joined))) {
      pairs.counts[pair] = 0
      continue
    }
    const id = byBytes.intern(joined, 0, joined.length)
    if (id === tokens.length) tokens.push(joined)
    // A pair recurs if one of its tokens was made a second time. Its merge is already listed.
    if (!merged.has(pair)) {
      merged.add(pair)
      left.push(a)
      right.push(b)
      result.push(id)
    }
    const risen = mergePair(words, pairs, pair, id)
    pairs.counts[pair] = 0
    for (const other of risen) queue.push(other)
    if (tokens.length % 256 === 0) options.progress?.(tokens.length)
  }
  return { tokens, merges: { left, right, result } }
}

/** The different pieces as sequences of ids, one after the other. A sequence shrinks in place when pairs are merged. */
interface Words {
  readonly symbols: Int32Array
  readonly starts: Int32Array
  readonly lengths: Int32Array
  /** How often each piece occurs. */
  readonly counts: Float64Array
}

interface PairCounts {
  readonly index: Pairs
  counts: Float64Array
  /** The words that contain each pair, or contained it before a merge. */
  readonly words: number[][]
}

function wordsOf(counter: PieceCounter): Words {
  const idOfByte = new Int32Array(256)
  for (const [id, byte] of byteOrder.entries()) idOfByte[byte] = id
  const { pieces, counts } = counter
  const symbols = new Int32Array(pieces.byteLength)
  const starts = new Int32Array(pieces.count)
  const lengths = new Int32Array(pieces.count)
  for (let piece = 0; piece < pieces.count; piece++) {
    starts[piece] = pieces.start(piece)
    lengths[piece] = pieces.end(piece) - pieces.start(piece)
  }
  for (let i = 0; i < symbols.length; i++) symbols[i] = idOfByte[pieces.bytes[i]!]!
  return { symbols, starts, lengths, counts: counts.slice(0, pieces.count) }
}

function countPairs(words: Words): PairCounts {
  const pairs: PairCounts = { index: new Pairs(1 << 14), counts: new Float64Array(1 << 14), words: [] }
  for (let word = 0; word < words.lengths.length; word++) {
    const start = words.starts[word]!
    const end = start + words.lengths[word]!
    for (let i = start; i + 1 < end; i++) {
      addPair(pairs, words.symbols[i]!, words.symbols[i + 1]!, words.counts[word]!, word)
    }
  }
  return pairs
}

/** Adds `count` occurrences of a pair in `word`, and returns the number of the pair. */
function addPair(pairs: PairCounts, left: number, right: number, count: number, word: number): number {
  const pair = pairs.index.intern(left, right)
  if (pair === pairs.words.length) {
    if (pair >= pairs.counts.length) pairs.counts = grown(pairs.counts, pair + 1)
    pairs.words.push([word])
  } else {
    const holders = pairs.words[pair]!
    // Words are visited in order, so that a repetition of a word directly follows it.
    if (holders[holders.length - 1] !== word) holders.push(word)
  }
  pairs.counts[pair]! += count
  return pair
}

/** Replaces all occurrences of a pair by `id`, from left to right. Returns the pairs that became more frequent. */
function mergePair(words: Words, pairs: PairCounts, pair: number, id: number): Set<number> {
  const { symbols, starts, lengths, counts } = words
  const left = pairs.index.left[pair]!
  const right = pairs.index.right[pair]!
  const more = new Set<number>()
  const holders = pairs.words[pair]!
  pairs.words[pair] = []
  for (const word of holders) {
    const count = counts[word]!
    const start = starts[word]!
    let end = start + lengths[word]!
    //   … before [left right] after …   ──▶   … before [id] after …
    let to = start
    for (let from = start; from < end; from++) {
      const symbol = symbols[from]!
      if (symbol !== left || from + 1 >= end || symbols[from + 1] !== right) {
        symbols[to++] = symbol
        continue
      }
      if (to > start) {
        const before = symbols[to - 1]!
        pairs.counts[pairs.index.find(before, left)]! -= count
        more.add(addPair(pairs, before, id, count, word))
      }
      if (from + 2 < end) {
        const after = symbols[from + 2]!
        pairs.counts[pairs.index.find(right, after)]! -= count
        more.add(addPair(pairs, id, after, count, word))
      }
      symbols[to++] = id
      from++
    }
    end = to
    lengths[word] = end - start
  }
  return more
}

/** A binary heap of pairs: most frequent first, then lower ids. An entry has the count at the time of its push. */
class PairQueue {
  readonly #pairs: PairCounts
  #length = 0
  #entries = new Int32Array(1 << 14)
  #counts = new Float64Array(1 << 14)

  constructor(pairs: PairCounts) {
    this.#pairs = pairs
  }

  push(pair: number): void {
    if (this.#length === this.#entries.length) {
      this.#entries = grown(this.#entries, this.#length + 1)
      this.#counts = grown(this.#counts, this.#length + 1)
    }
    const count = this.#pairs.counts[pair]!
    let hole = this.#length++
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (!this.#before(pair, count, parent)) break
      this.#move(parent, hole)
      hole = parent
    }
    this.#entries[hole] = pair
    this.#counts[hole] = count
  }

  /** Removes and returns the best pair by current counts; −1 if there is none. */
  popBest(): number {
    while (this.#length > 0) {
      const pair = this.#entries[0]!
      const count = this.#counts[0]!
      this.#removeFirst()
      const present = this.#pairs.counts[pair]!
      if (present === count) return pair
      // A pair whose count rose was pushed again. An entry whose count fell is pushed back with its current count.
      if (present < count && present > 0) this.push(pair)
    }
    return -1
  }

  #removeFirst(): void {
    const last = --this.#length
    const pair = this.#entries[last]!
    const count = this.#counts[last]!
    let hole = 0
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && this.#before(this.#entries[child + 1]!, this.#counts[child + 1]!, child)) child++
      if (this.#before(pair, count, child)) break
      this.#move(child, hole)
      hole = child
    }
    this.#entries[hole] = pair
    this.#counts[hole] = count
  }

  #before(pair: number, count: number, entry: number): boolean {
    const other = this.#counts[entry]!
    if (count !== other) return count > other
    const { left, right } = this.#pairs.index
    const otherPair = this.#entries[entry]!
    return left[pair]! !== left[otherPair]! ? left[pair]! < left[otherPair]! : right[pair]! < right[otherPair]!
  }

  #move(from: number, to: number): void {
    this.#entries[to] = this.#entries[from]!
    this.#counts[to] = this.#counts[from]!
  }
}

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
