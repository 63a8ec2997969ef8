/** Unigram: the tokens of a piece that are likeliest together (Kudo 2018), found by Viterbi's algorithm. */

import { Pairs } from '../bpe/pairs.ts'
import { type PieceModel, unknownText } from './model.ts'

export interface UnigramOptions {
  /** The tokens that texts may become, and the logarithms of the probabilities of ids 0, 1, …. */
  readonly ids: ReadonlyMap<string, number>
  readonly scores: readonly number[]
  readonly unknown: number | undefined
  /** Whether text without a token becomes the tokens of its bytes, such as `<0xE4>`, if all of them exist. */
  readonly byteFallback: boolean
}

/** An unknown character is less likely than the least likely token, by this amount. */
const unknownPenalty = 10

const utf8 = new TextEncoder()

export function unigram({ ids, scores, unknown, byteFallback }: UnigramOptions): PieceModel {
  const trie = new Trie(ids)
  const unknownScore = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) - unknownPenalty

  /** Appends the starts of the best path's tokens, from the last to the first, and whether each is unknown. */
  const bestPath = (piece: string): { readonly starts: number[]; readonly isUnknown: boolean[] } => {
    const size = piece.length
    const best = new Float64Array(size + 1)
    const from = new Int32Array(size + 1).fill(-1)
    const token = new Int32Array(size + 1)
    const reach = (end: number, start: number, score: number, id: number): void => {
      const total = score + best[start]!
      if (from[end] !== -1 && !(total > best[end]!)) return
      best[end] = total
      from[end] = start
      token[end] = id
    }
    for (let start = 0; start < size; ) {
      const next = start + (piece.codePointAt(start)! > 0xffff ? 2 : 1)
      let isSingle = false
      trie.prefixes(piece, start, (end, id) => {
        reach(end, start, scores[id]!, id)
        isSingle ||= end === next
      })
      if (!isSingle) reach(next, start, unknownScore, unknown ?? -1)
      start = next
    }
    const starts: number[] = []
    const isUnknown: boolean[] = []
    for (let end = size; end > 0; end = from[end]!) {
      starts.push(from[end]!)
      isUnknown.push(token[end] === (unknown ?? -1))
    }
    return { starts, isUnknown }
  }

  return (piece, into, lost) => {
    const { starts, isUnknown } = bestPath(piece)
    for (let at = starts.length - 1; at >= 0; ) {
      const start = starts[at]!
      // Unknown characters in a row become one token.
      let last = at
      if (isUnknown[at]) while (last > 0 && isUnknown[last - 1]) last--
      const text = piece.slice(start, last === 0 ? piece.length : starts[last - 1]!)
      at = last - 1
      const id = ids.get(text)
      if (id !== undefined) into.push(id)
      else if (!byteFallback || !pushBytes(text)) unknownText(text, unknown, into, lost)
    }
    function pushBytes(text: string): boolean {
      const found = Array.from(utf8.encode(text), (byte) => ids.get(byteName(byte)))
      if (found.some((id) => id === undefined)) return false
      for (const id of found) into.push(id!)
      return true
    }
  }
}

/** The name of a byte's token: `<0x0A>`. */
export function byteName(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
}

/** A trie of texts by UTF-16 units. Node 0 is the root; the node after `node` by `unit` is the number of this pair + 1. */
class Trie {
  readonly #edges: Pairs
  /** The id of the text that ends at each node; −1 if none does. */
  readonly #ids: Int32Array

  constructor(texts: ReadonlyMap<string, number>) {
    let units = 0
    for (const text of texts.keys()) units += text.length
    this.#edges = new Pairs(Math.min(units, 1 << 20))
    const ends: number[] = []
    for (const [text, id] of texts) {
      let node = 0
      for (let i = 0; i < text.length; i++) node = this.#edges.intern(node, text.charCodeAt(i)) + 1
      ends[node] = id
    }
    this.#ids = Int32Array.from({ length: this.#edges.count + 1 }, (_, node) => ends[node] ?? -1)
  }

  /** Passes the end and the id of each text that begins at `start`, the shortest first. */
  prefixes(text: string, start: number, found: (end: number, id: number) => void): void {
    let node = 0
    for (let end = start; end < text.length; ) {
      const edge = this.#edges.find(node, text.charCodeAt(end++))
      if (edge === -1) return
      node = edge + 1
      const id = this.#ids[node]!
      if (id >= 0) found(end, id)
    }
  }
}
