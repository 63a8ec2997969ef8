/**
 * Byte-level BPE: text is split into pieces by a pattern, and the bytes of each piece are merged by rank (Sennrich et al.
 * 2016; on bytes: Radford et al. 2019). Pieces repeat, so the tokens of those seen before are looked up.
 */

import { Ids } from './ids.ts'
import { Merger, type Merges } from './merge.ts'
import { Pieces } from './pieces.ts'
import { splitterOf } from './split/splitter.ts'
import { makeTokenizer, type Tokenizer } from './tokenizer.ts'
import { tokenBytes, type Vocabulary } from './vocabulary.ts'

export interface BpeModel {
  readonly type: 'bpe'
  /** The regular expression that splits text into pieces; without one a text is one piece. */
  readonly pattern: string | undefined
  /** By rank. */
  readonly merges: Merges
  /** A piece that is a token as a whole is that token, even where merging would not lead to it (Llama 3). */
  readonly ignoreMerges: boolean
}

/** Longer pieces are merged anew each time: they seldom repeat. */
const longestCached = 64
/** The cache is emptied when it has this many pieces or ids: some 10 MB. */
const cachedPieces = 1 << 17
const cachedIds = 1 << 19

export function bpeTokenizer(model: BpeModel, vocabulary: Vocabulary): Tokenizer {
  const split = splitterOf(model.pattern)
  const merger = new Merger(model.merges)
  const byteIds = idsOfBytes(vocabulary)
  const whole = model.ignoreMerges ? wholeTokens(vocabulary) : undefined
  const cache = new PieceCache()
  const ends = new Ids()
  let bytes = new Uint8Array(0)
  const utf8 = new TextEncoder()

  const encodePiece = (start: number, end: number, into: Ids): void => {
    const token = whole?.find(bytes, start, end)
    if (token === undefined) merger.merge(bytes, start, end, byteIds, into)
    else into.push(token)
  }

  return makeTokenizer(model, vocabulary, (text, into) => {
    if (text.length === 0) return
    if (bytes.length < 3 * text.length) bytes = new Uint8Array(3 * text.length)
    const length = utf8.encodeInto(text, bytes).written
    ends.clear()
    split(text, bytes, length, ends)
    let start = 0
    for (let i = 0; i < ends.length; i++) {
      const end = ends.data[i]!
      if (end - start === 1) into.push(byteIds[bytes[start]!]!)
      else if (end - start > longestCached) encodePiece(start, end, into)
      else cache.encode(bytes, start, end, into, encodePiece)
      start = end
    }
  })
}

/** The tokens of pieces seen before. */
class PieceCache {
  readonly #pieces = new Pieces()
  readonly #ids = new Ids(1 << 12)
  /** Where the ids of each piece end. */
  readonly #ends = new Ids(1 << 11)

  encode(
    bytes: Uint8Array,
    start: number,
    end: number,
    into: Ids,
    encodePiece: (start: number, end: number, into: Ids) => void,
  ): void {
    const known = this.#pieces.count
    if (known >= cachedPieces || this.#ids.length >= cachedIds) {
      this.#pieces.clear()
      this.#ids.clear()
      this.#ends.clear()
      encodePiece(start, end, into)
      return
    }
    const piece = this.#pieces.intern(bytes, start, end)
    if (piece === known) {
      encodePiece(start, end, this.#ids)
      this.#ends.push(this.#ids.length)
    }
    const ids = this.#ids.data
    const last = this.#ends.data[piece]!
    let at = piece === 0 ? 0 : this.#ends.data[piece - 1]!
    into.reserve(last - at)
    const target = into.data
    let length = into.length
    while (at < last) target[length++] = ids[at++]!
    into.length = length
  }
}

/** The id of each single byte. Every byte must have one: it is what makes every text encodable. */
function idsOfBytes(vocabulary: Vocabulary): Int32Array {
  const ids = new Int32Array(256).fill(-1)
  const special = new Set(vocabulary.special.values())
  for (let id = vocabulary.size - 1; id >= 0; id--) {
    const token = tokenBytes(vocabulary, id)
    if (token.length === 1 && !special.has(id)) ids[token[0]!] = id
  }
  const missing = ids.indexOf(-1)
  if (missing !== -1) throw new Error(`a byte-level vocabulary has a token for every byte; byte ${missing} has none`)
  return ids
}

/** The ordinary tokens by their bytes. */
function wholeTokens(vocabulary: Vocabulary) {
  const pieces = new Pieces()
  const ids: number[] = []
  const special = new Set(vocabulary.special.values())
  for (let id = 0; id < vocabulary.size; id++) {
    const token = tokenBytes(vocabulary, id)
    if (token.length > 0 && !special.has(id) && pieces.intern(token, 0, token.length) === ids.length) ids.push(id)
  }
  return {
    find(bytes: Uint8Array, start: number, end: number): number | undefined {
      const piece = pieces.find(bytes, start, end)
      return piece === -1 ? undefined : ids[piece]
    },
  }
}
